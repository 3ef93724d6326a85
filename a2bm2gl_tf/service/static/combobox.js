// A text field that suggests ids and titles: arrows move, Enter takes, Escape closes.

class Combobox {
  /**
   * @param {HTMLInputElement} input
   * @param {"users" | "items"} among what is searched
   * @param {(entry: {id: string, title: string}) => void} take what to do with a choice
   */
  constructor(input, among, take) {
    this.input = input;
    this.among = among;
    this.take = take;
    this.entries = [];
    this.active = -1;
    this.asked = 0;
    this.list = make("ul", { id: `${input.id}-options`, role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", "Suggestions");
    input.after(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", () => this.suggestSoon());
    input.addEventListener("click", () => this.suggest());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    // A click on an option must not take the focus from the field before it is a click.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return !this.list.hidden;
  }

  suggestSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.suggest(), 120);
  }

  async suggest() {
    clearTimeout(this.timer);
    const turn = ++this.asked;
    const body = JSON.stringify({ among: this.among, text: this.input.value.slice(0, 200) });
    let results;
    try {
      ({ results } = await ask("search", body));
    } catch {
      // Suggestions are a help: the answer to the form says what is wrong.
      return;
    }
    if (turn !== this.asked || document.activeElement !== this.input) return;
    this.entries = results.map(({ id, title }) => ({ id: String(id), title }));
    this.show();
  }

  show() {
    const options = this.entries.map((entry, place) => {
      const option = make("li", { id: `${this.list.id}-${place}`, role: "option" });
      option.append(...nameOf(entry.id, entry.title));
      option.setAttribute("aria-selected", "false");
      option.addEventListener("click", () => this.choose(place));
      return option;
    });
    const none = make("li", { className: "none" }, "nothing of that name");
    this.list.replaceChildren(...(options.length ? options : [none]));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.activate(-1);
  }

  close() {
    clearTimeout(this.timer);
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1);
  }

  activate(place) {
    this.active = place;
    for (const [row, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(row === place));
      if (row === place) option.scrollIntoView({ block: "nearest" });
    }
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", this.list.children[place].id);
  }

  choose(place) {
    const entry = this.entries[place];
    this.close();
    this.take(entry);
  }

  onKey(event) {
    if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && this.isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) {
        this.suggest();
      } else if (this.entries.length) {
        const step = event.key === "ArrowDown" ? 1 : -1;
        const from = this.active < 0 && step < 0 ? 0 : this.active;
        this.activate((from + step + this.entries.length) % this.entries.length);
      }
    }
  }
}
