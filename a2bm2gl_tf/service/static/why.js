// Why an item is recommended: parts of its score, neighbours, the user's own items.

const TERMS = [
  ["collaborative", "what the graph of users and items says of the item"],
  ["a modality (visual, textual, …)", "what the item's own content of that kind says"],
  ["anti-bottleneck", "what the item gains by attention over whole graphs, not only over its neighbours"],
  ["attention", "shares of all that the item attends to in a graph; in graphs that are attended to " +
    "as a whole these are its direct neighbours, since the order of all others is the same for every item"],
  ["alike", "cosine of the two items' embeddings, 1 at most"],
];

class Why {
  constructor() {
    this.section = byId("why");
    this.heading = byId("why-heading");
    this.body = byId("why-body");
  }

  hide() {
    this.section.hidden = true;
  }

  /** A panel with a heading and a line, and nothing else yet. */
  open(item, note) {
    this.heading.textContent = `Why ${item.title || item.item_id}?`;
    say(byId("why-note"), note);
    this.body.replaceChildren();
    this.section.hidden = false;
    this.section.scrollTop = 0;
  }

  /**
   * @param {object} item of the list
   * @param {object} why its answer of /explain
   * @param {string} whom whose own items are shown
   */
  show(item, why, whom) {
    this.open(item, "");
    this.body.append(this.contributions(why));
    this.body.append(make("h3", {}, `Most like it, of what ${whom}`));
    this.body.append(
      why.own_items.length
        ? rows(
            why.own_items.map((own) => ({
              name: nameOf(own.item_id, own.title),
              share: Math.max(own.similarity, 0),
              text: plain(own.similarity, 2),
            })),
            1,
          )
        : make("p", { className: "quiet" }, "There are no other items of theirs."),
    );
    if (why.graphs.length) this.body.append(make("h3", {}, "Attended to most"));
    for (const { graph, neighbours } of why.graphs) {
      this.body.append(make("h4", {}, `in the ${graph} graph`));
      this.body.append(neighbours.length ? shares(neighbours) : make("p", { className: "quiet" }, "nothing"));
    }
    this.body.append(terms());
  }

  contributions(why) {
    const values = why.contributions.map(({ value }) => value);
    const decimals = decimalsFor([...values, why.score]);
    const low = Math.min(0, ...values);
    const high = Math.max(0, ...values);
    const body = why.contributions.map(({ part, value }) => {
      const row = make(
        "tr",
        { className: "part" },
        make("th", { scope: "row" }, part === "whole" ? "the whole score" : part),
        make("td", {}, bar(value, low, high)),
        make("td", { className: "value" }, signed(value, decimals)),
      );
      row.dataset.value = String(value);
      return row;
    });
    const sum = make(
      "tr",
      {},
      make("th", { scope: "row" }, "score"),
      make("td"),
      make("td", { className: "value" }, signed(why.score, decimals)),
    );
    sum.dataset.value = String(why.score);
    const caption =
      values.length > 1 ? "What the score is the sum of" : "This model's score has a single part";
    return make(
      "table",
      { id: "contributions" },
      make("caption", {}, caption),
      make("tbody", {}, ...body),
      make("tfoot", {}, sum),
    );
  }
}

function shares(neighbours) {
  const largest = Math.max(...neighbours.map(({ weight }) => weight));
  return rows(
    neighbours.map(({ kind, id, title, weight }) => ({
      name: kind === "user" ? [make("span", { className: "title" }, `user ${id}`)] : nameOf(id, title),
      share: weight,
      text: `${(100 * weight).toFixed(decimalsFor([100 * weight]) - 1)} %`,
    })),
    largest,
  );
}

function rows(entries, largest) {
  return make(
    "ul",
    { className: "list" },
    ...entries.map(({ name, share, text }) =>
      make(
        "li",
        {},
        make("span", {}, ...name),
        bar(share, 0, largest),
        make("span", { className: "value" }, text),
      ),
    ),
  );
}

function terms() {
  return make(
    "details",
    {},
    make("summary", {}, "What these words mean"),
    make("dl", {}, ...TERMS.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)])),
  );
}
