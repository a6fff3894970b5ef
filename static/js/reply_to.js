// Choosing the message that the composer answers.
import { on } from "./events.js";
import { excerptOf } from "./replies.js";

export function startReplies(form) {
  document.addEventListener("reply", ({ detail }) => choose(form, detail));
  on("message.deleted", ({ message }) => {
    if (form.elements.reply_to.value === message.id) form.querySelector(".composer__reply-excerpt").textContent = "";
  });
  form.querySelector('[data-act="unreply"]').addEventListener("click", (event) => {
    event.preventDefault();
    resetReply(form);
    form.elements.content.focus();
  });
  form.elements.content.addEventListener("keydown", (event) => event.key === "Escape" && resetReply(form));
}

function choose(form, { message, quotation }) {
  const field = form.elements.content;
  form.elements.reply_to.value = message.dataset.id;
  form.querySelector(".composer__reply").hidden = false;
  form.querySelector(".composer__reply-author").textContent = message.dataset.author;
  form.querySelector(".composer__reply-excerpt").textContent = excerptOf(message);
  if (quotation) {
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${quotation}` : quotation;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.focus();
  if (quotation) field.setSelectionRange(field.value.length, field.value.length);
}

export function resetReply(form) {
  form.elements.reply_to.value = "";
  form.querySelector(".composer__reply").hidden = true;
  form.querySelector(".composer__reply-excerpt").textContent = "";
}
