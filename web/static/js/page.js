/* What the server wrote into the page for scripts. */
const facts = document.body.dataset;
const words = JSON.parse(facts.words || "{}");

/** A message in the page's language; the English text is its name. */
export const say = (message) => words[message] || message;

/** POST to our own server; resolves to the response, rejects when there is no answer. octets: sent as they are. */
export function post(path, body, octets) {
  const headers = { "x-csrf": facts.csrf };
  if (octets) {
    headers["content-type"] = "application/octet-stream";
    body = octets;
  } else if (body !== undefined && !(body instanceof URLSearchParams)) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(body);
  }
  return fetch(path, { method: "POST", headers, body, credentials: "same-origin", redirect: "error" });
}

/** A sentence at the foot of the screen for a few seconds. */
let toastEnds = 0;
export function toast(message) {
  const place = document.getElementById("toast");
  place.textContent = message;
  place.hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => { place.hidden = true; }, 6000);
}

/** Read aloud by screen readers. */
export function announce(text, urgent) {
  document.getElementById(urgent ? "assertive" : "polite").textContent = text;
}
