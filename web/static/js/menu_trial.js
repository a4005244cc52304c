/* “Try it”: a caller in the browser. The appliance runs the same engine; keys are clicked, prompts are heard and read. */
import { post } from "./page.js";

const element = (id) => document.getElementById(id);

/** host: { word, doc, was, refuse, choose, tree, side }. */
export function trial(host) {
  const panel = element("trial"), form = element("trial-form"), lines = element("trial-lines"), choice = element("trial-choice");
  const keys = [...panel.querySelectorAll("[data-key]")], voice = new Audio();
  let id = "", queue = [], shown = 0;

  function open(on) {
    panel.hidden = !on;
    host.side.hidden = on;
    if (!on) { quiet(); end(); if (id) post(`/exchange/menus/try/${id}`, { what: "hang-up" }).catch(() => {}); id = ""; mark(""); }
    else form.querySelector("button").focus();
  }
  function quiet() { voice.pause(); queue = []; }
  function end() { for (const key of keys) key.disabled = true; choice.hidden = true; }
  function next() {
    const source = queue.shift();
    if (source && form.elements.aloud.checked) { voice.src = source; voice.play().catch(() => {}); }
  }
  voice.addEventListener("ended", next);

  function mark(node) {
    for (const one of host.tree.querySelectorAll(".visited")) one.classList.remove("visited");
    if (node) {
      const card = host.tree.querySelector(`[data-node="${CSS.escape(node)}"]`);
      card?.classList.add("visited");
      card?.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }

  function line({ what, node, text, words, sound, language }) {
    const row = document.createElement("li");
    row.className = `trial-${what}`;
    if (what === "said") {
      row.textContent = text || sound;
      row.lang = language;
      queue.push(sound ? `/exchange/menus/sound/${sound}` : `/exchange/menus/say?${new URLSearchParams({ text, language })}`);
    } else row.textContent = words;
    if (node) row.title = node;
    lines.append(row);
  }

  function show(state) {
    id = state.id;
    quiet();
    for (const one of state.lines.slice(shown)) line(one);
    shown = state.lines.length;
    lines.scrollTop = lines.scrollHeight;
    mark(state.node);
    next();
    const { waiting } = state;
    for (const key of keys) key.disabled = !waiting || (waiting.what !== "key" && key.dataset.key !== "hang-up");
    choice.hidden = waiting?.what !== "choice";
    element("keypad").classList.toggle("choosing", !choice.hidden);
    if (waiting?.what === "choice") choose(waiting);
  }

  function choose(waiting) {
    const about = document.createElement("p"), fields = document.createElement("div"), acts = document.createElement("div");
    about.textContent = waiting.words;
    acts.className = "acts";
    for (const name of waiting.fields) {
      const label = document.createElement("label"), input = document.createElement("input");
      label.className = "field";
      label.append(name, input);
      input.name = name;
      fields.append(label);
    }
    for (const [option, words] of waiting.options) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = words;
      button.addEventListener("click", () => send(option, Object.fromEntries([...fields.querySelectorAll("input")].map((input) => [input.name, input.value]))));
      acts.append(button);
    }
    choice.replaceChildren(about, fields, acts);
  }

  async function ask(path, body) {
    try {
      const answer = await post(path, body);
      if (!answer.ok) { host.refuse(await answer.text()); return; }
      host.refuse("");
      show(await answer.json());
    } catch { host.refuse(host.word("no answer")); }
  }
  function send(what, values) {
    if (!id) return;
    quiet();
    ask(`/exchange/menus/try/${id}`, { what, values: values || {} });
  }

  element("try").addEventListener("click", () => open(panel.hidden));
  element("trial-close").addEventListener("click", () => { open(false); element("try").focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    lines.replaceChildren();
    shown = 0;
    ask("/exchange/menus/try", { doc: host.doc(), was: host.was, at: form.elements.at.value, caller: form.elements.caller.value.trim() });
  });
  element("keypad").addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) send(key.dataset.key);
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { open(false); element("try").focus(); }
    if (event.target.closest("input, select")) return;
    const key = keys.find((one) => one.dataset.key === event.key);
    if (key && event.key && !key.disabled) { event.preventDefault(); send(event.key); }
  });
}
