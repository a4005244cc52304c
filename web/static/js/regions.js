/* Keep the pieces of a region true with the least change to the page, so that nothing flickers and focus stays. */

/** Make `region` hold the pieces named by `order`; `pieces` has the HTML of those that are new or changed. */
export function apply(region, { order, pieces }) {
  const added = [], standing = new Map();
  for (const child of [...region.children]) standing.set(child.dataset.key, child);
  for (const [key, child] of standing) {
    if (!order.includes(key)) { leave(region, child); standing.delete(key); }
  }
  let before = null;
  for (const key of order) {
    let child = standing.get(key);
    if (key in pieces) {
      const fresh = parse(pieces[key]);
      if (child) morph(child, fresh);
      else { child = fresh; added.push(child); }
    }
    if (!child) continue;
    const place = before ? before.nextElementSibling : region.firstElementChild;
    if (place !== child) region.insertBefore(child, place);
    before = child;
  }
  return added;
}

function leave(region, child) {
  const focused = child.contains(document.activeElement);
  const next = child.nextElementSibling || child.previousElementSibling;
  child.remove();
  if (focused && next) next.querySelector("button")?.focus();
}

function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}

/** Make `old` equal to `fresh` without replacing what is the same. */
export function morph(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "data-late") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const have = [...old.childNodes], want = [...fresh.childNodes];
  want.forEach((node, index) => {
    const there = have[index];
    if (!there) old.append(node);
    else if (there.nodeType !== node.nodeType || there.nodeName !== node.nodeName) there.replaceWith(node);
    else if (node.nodeType !== Node.ELEMENT_NODE) { if (there.data !== node.data) there.data = node.data; }
    else if (!(node.matches("time:is([data-since], [data-until]):empty") && same(there, node))) morph(there, node);
  });
  have.slice(want.length).forEach((node) => node.remove());
}

/** A running time stays as it is, so that a screen reader is not told of it again. */
const same = (there, node) => there.dataset.since === node.dataset.since && there.dataset.until === node.dataset.until && there.dataset.patience === node.dataset.patience;
