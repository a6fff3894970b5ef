// What is wrong with what was typed, at the field where it can be mended.
/** Say what went wrong, until something is typed. */
export function complain(form, text) {
  const line = form.querySelector(".composer__error");
  line.textContent = text;
  line.hidden = false;
  form.elements.content.addEventListener("input", () => (line.hidden = true), { once: true });
}
