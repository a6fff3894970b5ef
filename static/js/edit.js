// Editing a message where it stands: Enter saves, Escape leaves it as it was.
import { sendsNow } from "./enter.js";
import { get, post } from "./http.js";
import { startMentions } from "./mention.js";

export async function edit(message) {
  if (message.querySelector(".edit")) return;
  const form = document.getElementById("editing").content.firstElementChild.cloneNode(true);
  const field = form.elements.content;
  const { content } = await get(`/api/messages/${message.dataset.id}`);
  field.value = content ?? "";
  message.querySelector(".message__text").before(form);
  message.classList.add("message--editing");
  startMentions(field);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop(message, form);
    else if (sendsNow(event)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.querySelector('[data-act="leave"]').addEventListener("click", () => stop(message, form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(message, form, content);
  });
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

async function save(message, form, before) {
  const content = form.elements.content.value;
  if (content === before) return stop(message, form);
  form.querySelector("button").disabled = true;
  try {
    await post(`/api/messages/${message.dataset.id}/edit`, { content });
  } catch (error) {
    const line = form.querySelector(".edit__error");
    line.textContent = error.message;
    line.hidden = false;
    form.querySelector("button").disabled = false;
    return form.elements.content.focus();
  }
  // The event brings the new text; where there are none, the page does.
  if ("silent" in document.body.dataset) location.reload();
}

function stop(message, form) {
  form.remove();
  message.classList.remove("message--editing");
  message.querySelector(".more > summary")?.focus();
}
