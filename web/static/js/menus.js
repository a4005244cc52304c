/* The editor of voice menus. The document is here; each edit is done, drawn and checked by the appliance. */
import { post, toast } from "./page.js";
import { read } from "./menu_form.js";
import { trial } from "./menu_trial.js";
import { keep } from "./menu_sound.js";

const page = document.querySelector("[data-menu]"), facts = JSON.parse(page.dataset.menu), words = JSON.parse(page.dataset.menuWords);
const element = (id) => document.getElementById(id);
const tree = element("tree"), zoomed = tree.querySelector(".tree-zoom"), form = element("form"), fault = element("menu-fault");
let replacing = false, doc = facts.doc, chosen = "", clipboard = null, unkept = facts.fresh;
const past = [], future = [];

export const word = (key) => words[key] || key;

function refuse(text) {
  fault.querySelector("span").textContent = text || "";
  fault.hidden = !text;
  if (text) fault.scrollIntoView({ block: "nearest" });
}

function buttons() {
  element("undo").disabled = !past.length;
  element("redo").disabled = !future.length;
  element("save").disabled = element("live").disabled = !unkept;
}

/** Put on the page what the appliance drew. keepForm: somebody is typing in it. */
function show(drawn, keepForm) {
  doc = drawn.doc;
  chosen = drawn.chosen;
  const { scrollLeft, scrollTop } = tree;
  zoomed.innerHTML = drawn.tree;
  tree.scrollTo(scrollLeft, scrollTop);
  element("faults").innerHTML = drawn.faults;
  if (!keepForm) {
    // A field that is taken away in the middle of typing may still say that it has changed.
    replacing = true;
    form.innerHTML = drawn.form;
    replacing = false;
  }
  element("menu-name").textContent = doc.name?.[document.documentElement.lang.startsWith("zh") ? "zh" : "en"] || doc.id;
  offerPaste();
  buttons();
}

let busy = Promise.resolve();
/** One thing after another: what is asked for while the appliance draws is done on what it drew. */
function queue(task) {
  busy = busy.then(task, task);
  return busy;
}

/** One edit; resolves to whether it was done. */
async function ask(what, { keepForm = false, edits = true } = {}) {
  try {
    const answer = await post("/exchange/menus/draw", { doc, was: facts.was, chosen, ...what });
    if (!answer.ok) { refuse(await answer.text()); return false; }
    const drawn = await answer.json();
    refuse("");
    if (edits && JSON.stringify(drawn.doc) !== JSON.stringify(doc)) {
      past.push({ doc, chosen });
      future.length = 0;
      unkept = true;
    }
    show(drawn, keepForm);
    return true;
  } catch { refuse(word("no answer")); return false; }
}
const act = (what, how) => queue(() => ask(what, how));

async function choose(id, focus) {
  if (await act({ act: "show", chosen: id }, { edits: false }) && focus) tree.querySelector(`[data-node="${CSS.escape(id)}"]`)?.focus();
  const card = tree.querySelector(`[data-node="${CSS.escape(id)}"]`);
  card?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

const back = (from, to, said) => queue(async () => {
  const state = from.pop();
  if (!state) return;
  to.push({ doc, chosen });
  doc = state.doc;
  unkept = true;
  await ask({ act: "show", chosen: state.chosen }, { edits: false });
  toast(word(said));
});
const undo = () => back(past, future, "undone"), redo = () => back(future, past, "redone");
element("undo").addEventListener("click", undo);
element("redo").addEventListener("click", redo);
element("head").addEventListener("click", () => act({ act: "show", chosen: "" }, { edits: false }));

/* Whatever is changed in the form is an edit. */
form.addEventListener("change", (event) => {
  if (replacing || event.target.closest(".adding") || event.target.matches("[data-upload]")) return;
  apply(event.target.matches("[data-field='id'], [data-field='to'], [data-field='based_on'], [data-k], [data-v]"));
});
form.addEventListener("submit", (event) => event.preventDefault());
function apply(redraw) {
  const node = form.querySelector("[data-node-form]"), head = form.querySelector("[data-head-form]");
  if (node) return act({ act: "set", id: node.dataset.nodeForm, node: read(node, { kind: node.dataset.kind }) }, { keepForm: !redraw });
  if (head) return act({ act: "head", head: read(head, {}) }, { keepForm: !redraw });
  return Promise.resolve(true);
}

function way() {
  const picked = form.querySelector(".adding input[name='way']:checked")?.value || "next";
  return picked === "cases." ? `cases.${element("case").value.trim()}` : picked;
}
const parent = () => form.querySelector("[data-node-form]")?.dataset.nodeForm || "";

async function remove(id) {
  if (id && confirm(word("delete"))) await act({ act: "delete", id });
}
function cut(id, copy) { if (id) { clipboard = { id, copy }; offerPaste(); } }
function offerPaste() {
  const paste = element("paste");
  if (!paste) return;
  paste.hidden = !clipboard || clipboard.id === parent();
  for (const name of paste.querySelectorAll("b")) name.textContent = clipboard?.id || "";
}

form.addEventListener("click", async (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  const { dataset } = target;
  if (dataset.add) await act({ act: "add", kind: dataset.add, parent: parent(), way: way() });
  else if (dataset.act === "delete") await remove(parent());
  else if (dataset.act === "copy") { await act({ act: "copy", id: parent() }); }
  else if (dataset.act === "cut") cut(parent());
  else if (dataset.paste === "move") { await act({ act: "move", id: clipboard.id, parent: parent(), way: way() }); clipboard = null; }
  else if (dataset.paste === "copy") await act({ act: "copy", id: clipboard.id, parent: parent(), way: way() });
  else if (dataset.paste === "link") await act({ act: "link", parent: parent(), way: way(), target: clipboard.id });
  else if ("dropRow" in dataset) { target.closest("[data-row]").remove(); await apply(true); }
  else if ("dropPiece" in dataset) { target.closest("[data-piece]").remove(); await apply(true); }
  else if ("morePieces" in dataset) { more(target); }
  else if (dataset.unrecord) { target.closest("[data-piece]").querySelector(`[data-sound="${dataset.unrecord}"]`).value = ""; await apply(true); }
  else if (dataset.listen) listen(target, dataset.listen);
});

/** Another piece: a copy of the last one, emptied; it becomes part of the document when something stands in it. */
function more(button) {
  const pieces = button.parentElement.querySelectorAll("[data-piece]"), fresh = pieces[pieces.length - 1].cloneNode(true);
  for (const field of fresh.querySelectorAll("textarea, input")) field.value = "";
  for (const recording of fresh.querySelectorAll(".recording")) recording.remove();
  button.before(fresh);
  fresh.querySelector("textarea").focus();
}

const voice = new Audio();
/** Hear a text, or the recording that takes its place, before it is kept. */
function listen(button, language) {
  const piece = button.closest("[data-piece]"), sound = piece.querySelector(`[data-sound="${language}"]`).value;
  const text = piece.querySelector(`[data-say="${language}"]`).value.trim();
  if (!sound && !text) return;
  voice.src = sound ? `/exchange/menus/sound/${sound}` : `/exchange/menus/say?${new URLSearchParams({ text, language })}`;
  voice.play().catch(() => toast(word("speech")));
}
form.addEventListener("change", async (event) => {
  const language = event.target.dataset.upload, [file] = event.target.files || [];
  if (!language || !file) return;
  const piece = event.target.closest("[data-piece]");
  try {
    const kept = await keep(file);
    if (kept.fault) { refuse(kept.fault === "unreadable" || kept.fault === "longer" ? word(kept.fault) : kept.fault); return; }
    piece.querySelector(`[data-sound="${language}"]`).value = kept.file;
    toast(word("kept"));
    await apply(true);
  } catch { refuse(word("no answer")); }
});

/* The tree: by mouse, by keys, by dragging. */
tree.addEventListener("click", async (event) => {
  const card = event.target.closest("[data-node], [data-choose], [data-add]");
  if (!card) return;
  if (card.dataset.add) await act({ act: "add", kind: card.dataset.add, parent: "", way: "" });
  else await choose(card.dataset.node || card.dataset.choose, true);
});
element("faults").addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (button) choose(button.dataset.choose, true);
});
const cardOf = (twig) => twig?.querySelector(":scope > [data-node], :scope > .leaf[data-choose]");
function beside(card, key) {
  const twig = card.closest(".twig");
  if (key === "ArrowRight") return cardOf(twig.querySelector(":scope > .twigs > .twig"));
  if (key === "ArrowLeft") return cardOf(twig.parentElement.closest(".twig"));
  const step = key === "ArrowDown" ? 1 : -1, all = [...tree.querySelectorAll("[data-node], .leaf[data-choose]")];
  const sibling = step > 0 ? twig.nextElementSibling : twig.previousElementSibling;
  return cardOf(sibling) || all[all.indexOf(card) + step];
}
tree.addEventListener("keydown", (event) => {
  const card = event.target.closest("[data-node], .leaf[data-choose]");
  if (!card) return;
  if (event.key.startsWith("Arrow")) {
    const next = beside(card, event.key);
    if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }
  const id = card.dataset.node;
  if (event.key === "Delete" && id) { event.preventDefault(); remove(id); }
  if (event.key === "Insert" && id) { event.preventDefault(); choose(id).then(() => form.querySelector(".adding [data-add]")?.focus()); }
});
let dragged = "";
tree.addEventListener("dragstart", (event) => { dragged = event.target.closest("[data-node]")?.dataset.node || ""; event.dataTransfer.setData("text/plain", dragged); event.dataTransfer.effectAllowed = "move"; });
tree.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-node]");
  for (const one of tree.querySelectorAll(".over")) if (one !== over) one.classList.remove("over");
  if (over && over.dataset.node !== dragged && dragged) { event.preventDefault(); over.classList.add("over"); }
});
tree.addEventListener("drop", async (event) => {
  const over = event.target.closest("[data-node]")?.dataset.node, id = dragged;
  dragged = "";
  if (!over || !id || over === id) return;
  event.preventDefault();
  await choose(over);
  await act({ act: "move", id, parent: over, way: way() });
});

addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase(), held = event.ctrlKey || event.metaKey;
  if (held && key === "z" && !event.shiftKey) { event.preventDefault(); undo(); }
  else if (held && (key === "y" || (key === "z" && event.shiftKey))) { event.preventDefault(); redo(); }
  else if (held && key === "c" && chosen && !getSelection().toString()) cut(chosen, true);
  else if (held && key === "x" && chosen) cut(chosen);
});

/* Keeping it. */
async function save(live) {
  element("save").disabled = element("live").disabled = true;
  try {
    await busy;
    const answer = await post("/exchange/menus/save", { doc, was: facts.was, base: facts.base, live });
    if (answer.ok) {
      unkept = false;
      const { menu } = await answer.json();
      location.href = `/exchange/menus/edit/${menu}`;
      return;
    }
    refuse(await answer.text());
  } catch { refuse(word("no answer")); }
  buttons();
}
element("save").addEventListener("click", () => save(false));
element("live").addEventListener("click", () => save(true));
element("export").addEventListener("submit", (event) => { event.target.elements.doc.value = JSON.stringify(doc); });
addEventListener("beforeunload", (event) => { if (unkept && past.length) event.preventDefault(); });

/* How large the tree is drawn. */
let size = 1;
function zoom(to) { size = Math.min(1.2, Math.max(0.4, to)); zoomed.style.zoom = size; }
const fit = () => zoom(Math.min(1, size * (tree.clientWidth - 56) / (zoomed.getBoundingClientRect().width || 1)));
for (const button of document.querySelectorAll("[data-zoom]")) {
  const { zoom: how } = button.dataset;
  button.addEventListener("click", () => (how === "=" ? fit() : zoom(size * (how === "+" ? 1.15 : 1 / 1.15))));
}
fit();
zoom(Math.max(size, 0.7));

trial({ word, doc: () => doc, was: facts.was, refuse, choose: (id) => choose(id), tree, side: document.querySelector(".menu-side") });
buttons();
