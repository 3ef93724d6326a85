// Asking the service. Ids are texts on this page, whatever they are in the data.

class Fault extends Error {}

/** JSON in which integers too long for a number of JavaScript stay the texts they are. */
function parseAnswer(text) {
  return JSON.parse(text, (key, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
      ? context.source
      : value,
  );
}

/** An id as JSON: digits for a data set whose ids are integers, otherwise a text. */
function idAsJson(text, kind) {
  if (kind !== "integer") return JSON.stringify(text);
  const digits = text.trim();
  if (!/^[+-]?[0-9]{1,19}$/.test(digits)) {
    throw new Fault(`“${text}” is no id of this data: its ids are whole numbers.`);
  }
  return BigInt(digits).toString();
}

function idsAsJson(texts, kind) {
  return `[${texts.map((text) => idAsJson(text, kind)).join(",")}]`;
}

/** The JSON answer of a path, or a Fault that says in one line what is wrong. */
async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", body };
  let text, response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
    text = await response.text();
  } catch {
    throw new Fault("The service does not answer. Is it still running?");
  }
  let answer = null;
  try {
    answer = parseAnswer(text);
  } catch {
    throw new Fault(`The service answered with something else than JSON (status ${response.status}).`);
  }
  if (!response.ok) throw new Fault(sentence(answer?.error ?? `status ${response.status}`));
  return answer;
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
