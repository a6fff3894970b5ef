// What scripts add to fragments that the server made, on the page and in live events alike.
import { addCopyButtons } from "./copy.js";
import { showLocalTimes } from "./time.js";

/** Give a fragment local times and copy buttons. */
export function dress(root) {
  showLocalTimes(root);
  addCopyButtons(root);
}

/** The element of a fragment of our own server. */
export function elementOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const element = template.content.firstElementChild;
  dress(element);
  return element;
}
