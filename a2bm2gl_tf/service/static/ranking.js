// The list of recommended items.

class Ranking {
  /** @param {(item: object) => void} select what to do when an item is chosen */
  constructor(select) {
    this.select = select;
    this.section = byId("ranking");
    this.list = byId("items");
    this.list.addEventListener("keydown", (event) => this.onKey(event));
  }

  hide() {
    this.section.hidden = true;
  }

  /**
   * @param {string} whom heading
   * @param {{item_id: *, title: string, score: number}[]} items best first
   * @param {string} note what is to be said before the list
   */
  show(whom, items, note) {
    byId("ranking-heading").textContent = `Recommended to ${whom}`;
    say(byId("ranking-note"), note);
    this.section.parentElement.classList.toggle("long", items.length > 15);
    const decimals = decimalsFor(items.map((item) => item.score));
    this.list.replaceChildren(
      ...items.map((item, place) => {
        const button = make(
          "button",
          { type: "button" },
          make("span", { className: "rank" }, `${place + 1}.`),
          make("span", {}, ...nameOf(item.item_id, item.title)),
          make("span", { className: "value" }, plain(item.score, decimals)),
        );
        button.dataset.id = String(item.item_id);
        button.setAttribute("aria-pressed", "false");
        button.addEventListener("click", () => {
          this.press(button);
          this.select(item);
        });
        return make("li", {}, button);
      }),
    );
    this.section.hidden = false;
  }

  press(chosen) {
    for (const button of this.buttons()) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
  }

  focusOnChosen() {
    const buttons = this.buttons();
    const chosen = buttons.find((button) => button.getAttribute("aria-pressed") === "true");
    (chosen ?? buttons[0])?.focus();
  }

  buttons() {
    return [...this.list.querySelectorAll("button")];
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = this.buttons();
    const place = buttons.indexOf(document.activeElement) + step;
    buttons[Math.min(Math.max(place, 0), buttons.length - 1)]?.focus();
  }
}
