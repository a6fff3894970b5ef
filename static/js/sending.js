// Sending a reply: it is on the page at once, and replaced when the server tells everybody of it.
import { complain } from "./complain.js";
import { dropDraft, writeDraft } from "./draft.js";
import { post } from "./http.js";
import { resetReply } from "./reply_to.js";
import { toEnd } from "./scroll.js";
import { uuid } from "./uuid.js";

export function send(form) {
  const field = form.elements.content;
  const models = [...form.querySelectorAll('[name="model_ids"]:checked')].map((box) => box.value);
  const draft = { content: field.value, parent: parentOf(form), clientId: uuid(), models, form };
  const bubble = show(draft);
  field.value = "";
  dropDraft();
  resetReply(form);
  form.dispatchEvent(new Event("emptied"));
  deliver(bubble, draft);
}

/** The chosen message, or the last one that the server knows. */
function parentOf(form) {
  if (form.elements.reply_to.value) return form.elements.reply_to.value;
  const listed = document.querySelectorAll("#messages .message[data-id]");
  return listed.length ? listed[listed.length - 1].dataset.id : form.elements.parent_id.value;
}

function show(draft) {
  const bubble = document.getElementById("pending").content.firstElementChild.cloneNode(true);
  bubble.dataset.clientId = draft.clientId;
  bubble.querySelector(".message__text").textContent = draft.content;
  bubble.querySelector('[data-act="resend"]').addEventListener("click", () => deliver(bubble, draft));
  bubble.querySelector('[data-act="discard"]').addEventListener("click", () => putBack(bubble, draft));
  document.getElementById("messages").append(bubble);
  toEnd();
  return bubble;
}

async function deliver(bubble, draft) {
  state(bubble, "");
  try {
    await post(`/api/messages/${draft.parent}/reply`, { content: draft.content, client_id: draft.clientId, model_ids: draft.models });
    bubble.querySelector(".message__time").textContent = "sent";
  } catch (error) {
    // The answer may have been lost after the message had arrived: then it is on the page already.
    if (bubble.isConnected) failed(bubble, draft, error);
  }
}

function failed(bubble, draft, error) {
  const field = draft.form.elements.content;
  state(bubble, error.message);
  // Refused for good: sending it again unchanged would be refused again, so it goes back to where it can be changed.
  if ([403, 404, 409, 413, 422].includes(error.status) && !field.value) {
    putBack(bubble, draft);
    complain(draft.form, error.message);
  }
}

function state(bubble, problem) {
  const line = bubble.querySelector(".message__ending");
  line.textContent = problem && `Not sent. ${problem}`;
  line.hidden = !problem;
  bubble.querySelector(".message__actions").hidden = !problem;
  bubble.querySelector(".message__time").textContent = problem ? "not sent" : "sending…";
}

function putBack(bubble, draft) {
  const field = draft.form.elements.content;
  field.value = field.value ? `${draft.content}\n\n${field.value}` : draft.content;
  writeDraft(field.value);
  bubble.remove();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}
