// What scripts add to fragments that the server made, on the page and in live events alike.
import { addCopyButtons } from "./copy.js";
import { permit } from "./permit.js";
import { showLocalTimes } from "./time.js";

/** Give a fragment local times and copy buttons, and take away what is not for this reader. */
export function dress(root) {
  permit(root);
  showLocalTimes(root);
  addCopyButtons(root);
}

/** A fragment of our own server. */
export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** The one element of a fragment of our own server, dressed. */
export function elementOf(html) {
  const element = fragmentOf(html).firstElementChild;
  dress(element);
  return element;
}
