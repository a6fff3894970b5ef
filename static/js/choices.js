// "Try again with …": the menu of a message shows the models and assistants of this page instead.
const given = document.getElementById("choices");

/** Put the choices in the place of the menu that the control is in, until it is closed. */
export function choicesFor(control) {
  const menu = control.closest(".more");
  const list = menu?.querySelector(".more__list");
  if (!given?.content.childElementCount || !list) return location.assign(control.href);
  const before = [...list.childNodes];
  list.replaceChildren(given.content.cloneNode(true));
  list.classList.add("more__list--choices");
  list.firstElementChild.focus();
  menu.addEventListener("toggle", () => {
    list.replaceChildren(...before);
    list.classList.remove("more__list--choices");
  }, { once: true });
}

/** Who is chosen next to a field, assistant and models, is said where the list is closed. */
export function startAsk(form) {
  const ask = form.querySelector("[data-ask]");
  if (!ask) return;
  const label = ask.querySelector("[data-ask-text]");
  const usual = label.textContent;
  const assistant = ask.querySelector('[name="assistant_id"]');
  const update = () => {
    const chosen = [...ask.querySelectorAll('[name="model_ids"]:checked')];
    const models = chosen.map((box) => box.parentElement.textContent.trim()).join(", ");
    const named = [assistant?.value && assistant.selectedOptions[0].textContent, models].filter(Boolean).join(": ");
    label.textContent = named || usual;
    ask.classList.toggle("ask--chosen", named !== "");
    for (const box of ask.querySelectorAll('[name="model_ids"]')) box.disabled = chosen.length >= 4 && !box.checked;
  };
  ask.addEventListener("change", update);
  form.addEventListener("emptied", () => {
    for (const box of ask.querySelectorAll(":checked")) if (box.type === "checkbox") box.checked = false;
    ask.open = false;
    update();
  });
  document.addEventListener("click", ({ target }) => target.closest?.("[data-ask]") !== ask && (ask.open = false));
  ask.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    ask.open = false;
    ask.querySelector("summary").focus();
  });
  update(); // a browser that comes back keeps what was checked
}
