// Editing a message where it stands, or asking it again in other words: Enter saves, Escape leaves it as it was.
import { sendsNow } from "./enter.js";
import { get, post } from "./http.js";
import { startMentions } from "./mention.js";
import { uuid } from "./uuid.js";

/** `asks`: what is written is asked beside the message, which stays as it is. */
export async function edit(message, asks = false) {
  if (message.querySelector(".edit")) return;
  const form = document.getElementById("editing").content.firstElementChild.cloneNode(true);
  const field = form.elements.content;
  const clientId = uuid();
  const { content } = await get(`/api/messages/${message.dataset.id}`);
  field.value = content ?? "";
  if (asks) form.querySelector(".edit__save").textContent = "Ask again";
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
    asks ? ask(message, form, clientId) : save(message, form, content);
  });
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

async function save(message, form, before) {
  const content = form.elements.content.value;
  if (content === before) return stop(message, form);
  // The event brings the new text; where there are none, the page does.
  if (await sent(message, form, "edit", { content }) && "silent" in document.body.dataset) location.reload();
}

/** The first question of a thread is asked again in a thread of its own. */
async function ask(message, form, clientId) {
  const made = await sent(message, form, "branch", { content: form.elements.content.value, client_id: clientId });
  if (!made) return;
  stop(message, form);
  if (made.root_id !== message.dataset.root) location.assign(`/c/${made.conversation_id}/t/${made.root_id}`);
  else if ("silent" in document.body.dataset) location.reload();
}

/** What the server answers; nothing when it refuses, which is said in the form. */
async function sent(message, form, door, body) {
  form.querySelector("button").disabled = true;
  try {
    return await post(`/api/messages/${message.dataset.id}/${door}`, body);
  } catch (error) {
    const line = form.querySelector(".edit__error");
    line.textContent = error.message;
    line.hidden = false;
    form.querySelector("button").disabled = false;
    form.elements.content.focus();
    return null;
  }
}

function stop(message, form) {
  form.remove();
  message.classList.remove("message--editing");
  message.querySelector(".more > summary")?.focus();
}
