// Making elements, and numbers as people read them.

/** An element with properties and children; text is only ever set as text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

/** Shows a text in an element, or hides the element where there is none. */
function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

/** A title with the id beside it, or the id alone where the data has no titles. */
function nameOf(id, title) {
  if (!title || title === String(id)) return [make("span", { className: "title" }, String(id))];
  return [
    make("span", { className: "title" }, title),
    make("span", { className: "id" }, String(id)),
  ];
}

/** Decimals that show four digits of the largest of some numbers; none where all are counts. */
function decimalsFor(values) {
  if (values.every(Number.isInteger)) return 0;
  const largest = Math.max(...values.map(Math.abs), 1e-12);
  return Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(largest))));
}

function signed(value, decimals) {
  // The sign of what is shown: -0.00004 is shown as 0.000.
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return (value < 0 ? "\u2212" : "+") + text;
}

function plain(value, decimals) {
  return signed(value, decimals).replace("+", "");
}

/** A bar from zero to a value, on an axis from `low` to `high`, which hold zero between them. */
function bar(value, low, high) {
  const span = high - low || 1;
  const percent = (x) => `${(100 * (x - low)) / span}%`;
  const line = make("i", { className: value < 0 ? "minus" : "plus" });
  line.style.left = percent(Math.min(0, value));
  line.style.width = `${(100 * Math.abs(value)) / span}%`;
  const track = make("span", { className: "track", "aria-hidden": "true" }, line);
  if (low < 0) {
    const zero = make("i", { className: "zero" });
    zero.style.left = percent(0);
    track.append(zero);
  }
  return track;
}
