// The form, and what happens in which order.

class Page {
  constructor() {
    this.form = byId("ask");
    this.user = byId("user");
    this.liked = byId("liked");
    this.chosen = [];
    this.health = null;
    this.turn = 0;
    this.why = new Why();
    this.ranking = new Ranking((item) => this.explain(item));
    const users = new Combobox(this.user, "users", ({ id }) => {
      this.user.value = id;
    });
    this.suggestions = new Combobox(this.liked, "items", (entry) => this.add(entry));
    this.liked.addEventListener("keydown", (event) => this.onLikedKey(event));
    this.form.addEventListener("change", (event) => {
      if (event.target.name !== "whom") return;
      this.turn++;
      this.ranking.hide();
      this.why.hide();
      this.showFields();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      users.close();
      this.suggestions.close();
      this.recommend();
    });
    byId("back").addEventListener("click", () => this.ranking.focusOnChosen());
    this.showFields();
    this.describe();
  }

  get isNew() {
    return this.form.elements.whom.value === "new";
  }

  showFields() {
    for (const element of document.querySelectorAll("[data-whom]")) {
      element.hidden = element.dataset.whom !== (this.isNew ? "new" : "known");
    }
    this.complain("");
  }

  async describe() {
    try {
      this.health = await ask("health");
    } catch (fault) {
      this.complain(fault.message);
      return;
    }
    const { version, num_users, num_items } = this.health.export;
    const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
    byId("served").textContent =
      `Export “${version}”: ${count(num_users, "user")}, ${count(num_items, "item")}`;
    byId("k").max = Math.min(this.health.limits.k, num_items);
  }

  complain(text, field = null) {
    say(byId("fault"), text);
    for (const input of [this.user, this.liked, byId("k")]) {
      if (input === field) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    field?.focus();
  }

  async onLikedKey(event) {
    if (event.key === "Backspace" && !this.liked.value && this.chosen.length) {
      this.remove(this.chosen.at(-1).id);
    }
    if (event.key !== "Enter" || event.defaultPrevented || !this.liked.value.trim()) return;
    // Enter after a piece of a title takes the first item that has it, and doesn't send the form.
    event.preventDefault();
    const typed = this.liked.value;
    await this.suggestions.suggest();
    if (this.suggestions.isOpen && this.suggestions.entries.length) this.suggestions.choose(0);
    else this.complain(`There is no item of the name “${typed.trim()}”.`, this.liked);
  }

  add(entry) {
    if (!this.chosen.some(({ id }) => id === entry.id)) this.chosen.push(entry);
    this.liked.value = "";
    this.complain("");
    this.showChosen();
    this.liked.focus();
  }

  remove(id) {
    this.chosen = this.chosen.filter((entry) => entry.id !== id);
    this.showChosen();
    this.liked.focus();
  }

  showChosen() {
    byId("chosen").replaceChildren(
      ...this.chosen.map(({ id, title }) => {
        const button = make("button", { type: "button", title: "remove" }, "×");
        button.setAttribute("aria-label", `remove ${title || id}`);
        button.addEventListener("click", () => this.remove(id));
        return make("li", {}, make("span", {}, title || id), button);
      }),
    );
  }

  /** What is asked, as {path, body, whom, own, pair}, or a fault beside its field. */
  question() {
    if (!this.health) throw new Fault("The service does not answer yet. Load this page again.");
    const kinds = this.health.export;
    const k = byId("k").valueAsNumber;
    const most = this.health.limits.k;
    if (!Number.isInteger(k) || k < 1 || k > most) {
      throw Object.assign(new Fault(`Give a whole number of items from 1 to ${most}.`), { field: byId("k") });
    }
    if (this.isNew) {
      if (!this.chosen.length) {
        throw Object.assign(new Fault("Choose an item first: type a piece of its title."), { field: this.liked });
      }
      const ids = idsAsJson(this.chosen.map(({ id }) => id), kinds.item_ids);
      return {
        path: "fold_in",
        body: `{"item_ids":${ids},"k":${k}}`,
        whom: "somebody new",
        own: "they like",
        pair: `"liked_item_ids":${ids}`,
      };
    }
    const user = this.user.value.trim();
    if (!user) throw Object.assign(new Fault("Type a user id first."), { field: this.user });
    const id = idAsJson(user, kinds.user_ids);
    return {
      path: "recommend",
      body: `{"user_ids":[${id}],"k":${k},"exclude_seen":${byId("exclude").checked}}`,
      whom: user,
      own: `${user} has seen`,
      pair: `"user_id":${id}`,
    };
  }

  async recommend() {
    const turn = ++this.turn;
    const submit = this.form.querySelector("[type=submit]");
    this.complain("");
    this.why.hide();
    submit.setAttribute("aria-disabled", "true");
    try {
      if (!this.health) await this.describe();
      const question = this.question();
      const answer = await ask(question.path, question.body);
      if (turn !== this.turn) return;
      this.asked = question;
      const result = question.path === "fold_in" ? answer : answer.results[0];
      this.known = result.known;
      this.showList(question, result);
      if (answer.export !== this.health.export.version) await this.describe();
    } catch (fault) {
      if (turn !== this.turn) return;
      this.ranking.hide();
      this.complain(fault instanceof Fault ? fault.message : `This page failed: ${fault.message}`, fault.field);
    } finally {
      if (turn === this.turn) submit.removeAttribute("aria-disabled");
    }
  }

  showList(question, { known, items }) {
    let note = "";
    if (!known) {
      note = question.path === "fold_in"
        ? "None of these items is known here. These are the items that most users have seen."
        : `There is no user “${question.whom}” in the data. These are the items that most users have seen.`;
    } else if (!items.length) {
      note = "Nothing is left to recommend: every item has been seen.";
    }
    this.ranking.show(known ? question.whom : "anybody", items, note);
    byId("announcement").textContent =
      `${items.length} items recommended to ${question.whom}. ${note}`;
  }

  async explain(item) {
    const turn = ++this.turn;
    const { pair, own } = this.asked;
    if (!this.known) {
      this.why.open(item, "It is one of the items that most users have seen: its score is how many.");
      this.revealWhy();
      return;
    }
    try {
      const id = idAsJson(String(item.item_id), this.health.export.item_ids);
      const { results } = await ask("explain", `{${pair},"item_ids":[${id}]}`);
      if (turn !== this.turn) return;
      if (results[0].known) this.why.show(item, results[0], own);
      else this.why.open(item, "A newer export is served now, and does not know them. Ask again.");
    } catch (fault) {
      if (turn !== this.turn) return;
      this.why.open(item, fault.message);
    }
    this.revealWhy();
  }

  /** On a narrow screen the explanation is below the list: the reader is taken there. */
  revealWhy() {
    byId("announcement").textContent = byId("why-heading").textContent;
    if (byId("back").offsetParent === null) return;
    byId("why-heading").focus({ preventScroll: true });
    byId("why").scrollIntoView({ block: "start" });
  }
}

new Page();
