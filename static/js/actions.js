// The actions under messages, and the menu of the lesser ones.
import { edit } from "./edit.js";
import { post } from "./http.js";
import { choicesFor } from "./choices.js";
import { copyLink } from "./link.js";
import { quotationOf, startQuotes } from "./quote.js";

const DOORS = new Set(["cancel", "regenerate", "continue", "keep", "delete", "restore"]);
const ACTS = {
  reply: (message) => choose(message),
  quote: async (message) => choose(message, await quotationOf(message)),
  edit: (message) => edit(message),
  branch: (message) => edit(message, true),
  again: (message, control) => choicesFor(control),
  "again-with": (message, control) => run(message, control, "regenerate", chosenBy(control)),
  link: copyLink,
};

export function startActions(list) {
  startQuotes();
  list.addEventListener("click", (event) => {
    const control = event.target.closest("[data-act]");
    const message = control?.closest(".message[data-id]");
    if (!message || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { act } = control.dataset;
    if (["reply", "quote"].includes(act) && !document.getElementById("composer")) return;
    if (!DOORS.has(act) && !ACTS[act]) return;
    event.preventDefault();
    if (act === "again") event.stopPropagation(); // its menu stays open, though what was pressed is gone from it
    else if (act !== "link") closeMenus();
    if (DOORS.has(act)) run(message, control, act);
    else ACTS[act](message, control)?.catch?.((error) => say(message, error.message));
  });
  startMenus();
}

function choose(message, quotation = "") {
  document.dispatchEvent(new CustomEvent("reply", { detail: { message, quotation } }));
}

function chosenBy({ dataset: { modelId, assistantId } }) {
  return modelId ? { model_id: modelId } : { assistant_id: assistantId };
}

async function run(message, control, door, body = {}) {
  if (control.ariaDisabled) return;
  control.ariaDisabled = "true"; // not `disabled`, which would take the focus away
  try {
    await post(`/api/messages/${message.dataset.id}/${door}`, body);
    if ("silent" in document.body.dataset) location.reload();
  } catch (error) {
    say(message, error.message);
    control.ariaDisabled = null;
    return;
  }
  // "Stop" waits for the end of the answer; "Try again" may be pressed again once the new answer is there.
  if (door === "regenerate") control.ariaDisabled = null;
}

function say(message, text) {
  // What failed for the same reason as before says so anew, once.
  for (const before of message.querySelectorAll(".message__ending--failed")) {
    if (before.matches(".message__refused") || before.textContent.trim() === text) before.remove();
  }
  const line = document.createElement("p");
  line.className = "message__ending message__ending--failed message__refused";
  line.setAttribute("role", "alert");
  line.textContent = text;
  message.querySelector(".message__actions").before(line);
}

/** One menu is open at a time, where there is room; Escape and a press elsewhere close it. */
function startMenus() {
  document.addEventListener("toggle", ({ target }) => target.matches?.(".more[open]") && place(target), { capture: true });
  document.addEventListener("click", (event) => closeMenus(event.target.closest?.(".more")));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".more[open]");
    if (!open) return;
    close(open);
  });
}

function place(menu) {
  menu.classList.remove("more--up");
  const begin = document.querySelector(".top").getBoundingClientRect().bottom;
  const end = document.querySelector(".foot")?.getBoundingClientRect().top ?? innerHeight;
  const { bottom, height } = menu.querySelector(".more__list").getBoundingClientRect();
  menu.classList.toggle("more--up", bottom > end && menu.getBoundingClientRect().top - height > begin);
}

/** What has the focus in it gives it to the summary, or it would be lost. */
function close(menu) {
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
}

function closeMenus(except = null) {
  for (const menu of document.querySelectorAll(".more[open]")) if (menu !== except) close(menu);
}
