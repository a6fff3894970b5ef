// Writing: Enter sends, Shift+Enter begins a new line, drafts are kept.
import { startAsk } from "./choices.js";
import { complain } from "./complain.js";
import { forgetArrived, sent, startDraft, writeDraft } from "./draft.js";
import { sendsNow, touch } from "./enter.js";
import { post } from "./http.js";
import { startMentions } from "./mention.js";
import { startReplies } from "./reply_to.js";
import { send } from "./sending.js";

export function startComposers() {
  forgetArrived();
  for (const form of document.querySelectorAll("form[data-composer]")) start(form);
}

function start(form) {
  const field = form.elements.content;
  startDraft(form);
  // On glass the focus would raise a keyboard over what people came to read.
  if (!touch.matches && !location.hash) field.focus({ preventScroll: true });
  grow(field);
  field.addEventListener("input", () => {
    writeDraft(field.value);
    grow(field);
  });
  startMentions(field);
  startAsk(form);
  field.addEventListener("keydown", (event) => pressed(event, form));
  form.addEventListener("submit", (event) => submitted(event, form));
  if (form.elements.parent_id) {
    startReplies(form);
    offerStop(form);
  }
}

function pressed(event, form) {
  if (!sendsNow(event)) return;
  event.preventDefault();
  if (form.elements.content.value.trim()) form.requestSubmit();
}

function submitted(event, form) {
  if (!form.elements.content.value.trim()) {
    event.preventDefault();
  } else if (form.elements.parent_id) {
    event.preventDefault();
    send(form);
    grow(form.elements.content);
  } else if (form.dataset.sent) {
    event.preventDefault();
  } else {
    form.dataset.sent = "true";
    sent(form.elements.client_id.value);
    addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  }
}

function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

/** While the assistant answers and nothing is typed, the button stops it. */
function offerStop(form) {
  const button = form.querySelector(".composer__send");
  const label = button.querySelector(".composer__send-text");
  let answering = [];
  const update = () => {
    const stops = answering.length > 0 && !form.elements.content.value.trim();
    button.toggleAttribute("data-stop", stops);
    button.type = stops ? "button" : "submit";
    label.textContent = stops ? "Stop" : "Send";
  };
  document.addEventListener("answering", (event) => {
    answering = event.detail;
    update();
  });
  form.addEventListener("input", update);
  form.addEventListener("emptied", update);
  button.addEventListener("click", () => {
    if (button.type !== "button") return;
    for (const id of answering) post(`/api/messages/${id}/cancel`).catch((error) => complain(form, error.message));
  });
}
