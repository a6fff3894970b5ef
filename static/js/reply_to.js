// Choosing the message that the composer answers.
import { excerptOf } from "./replies.js";

export function startReplies(form) {
  document.addEventListener("reply", (event) => choose(form, event.detail));
  form.querySelector('[data-act="unreply"]').addEventListener("click", (event) => {
    event.preventDefault();
    resetReply(form);
    form.elements.content.focus();
  });
  form.elements.content.addEventListener("keydown", (event) => event.key === "Escape" && resetReply(form));
}

function choose(form, message) {
  form.elements.reply_to.value = message.dataset.id;
  form.querySelector(".composer__reply").hidden = false;
  form.querySelector(".composer__reply-author").textContent = message.dataset.author;
  form.querySelector(".composer__reply-excerpt").textContent = excerptOf(message);
  form.elements.content.focus();
}

export function resetReply(form) {
  form.elements.reply_to.value = "";
  form.querySelector(".composer__reply").hidden = true;
}
