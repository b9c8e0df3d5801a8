// Drawing again without losing what a person has under the finger: only what differs is changed. The focus, an open menu,
// the text in a field and the place in a list stay. `data-key` names a child that may come, go or move.
//
//   draw(this, html`<ul>${items.map((one) => html`<li data-key="${one.id}">${one.name}</li>`)}</ul>`)

import { render } from "../shared/dom.js";

const KEPT = new Set(["open"]); // of a dialog or a <details>: theirs, not the markup's

export function draw(element, markup) {
  const template = document.createElement("template");
  render(template, markup);
  morphChildren(element, template.content);
}

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.dataset.key ?? null : null;
const isAlike = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

function morphChildren(live, fresh) {
  const kept = new Set([...fresh.children].map(keyOf));
  for (const child of [...live.children]) {
    if (keyOf(child) !== null && !kept.has(keyOf(child))) child.remove();
  }
  let at = live.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let match = at;
    if (keyOf(wanted) !== null) match = [...live.children].find((child) => isAlike(child, wanted)) ?? null;
    else if (!at || !isAlike(at, wanted)) match = null;
    if (!match) {
      live.insertBefore(wanted, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else live.insertBefore(match, at);
    morph(match, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function morph(live, fresh) {
  if (live.nodeType !== Node.ELEMENT_NODE) {
    if (live.data !== fresh.data) live.data = fresh.data;
    return;
  }
  for (const { name } of [...live.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) live.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  if (!live.localName.includes("-")) morphChildren(live, fresh); // a custom element draws itself
}
