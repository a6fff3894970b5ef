// Calls of tools in answers: they come, change, and wait for somebody who allows or refuses them.
import { announce } from "./announce.js";
import { fragmentOf } from "./dress.js";
import { on } from "./events.js";
import { post } from "./http.js";
import { permit } from "./permit.js";
import { follow } from "./scroll.js";

export function startTools() {
  const list = document.getElementById("messages");
  if (!list) return;
  on("tool.called", show);
  on("tool.updated", show);
  list.addEventListener("click", (event) => {
    const control = event.target.closest("[data-decide]");
    if (!control) return;
    event.preventDefault();
    decide(control);
  });
}

function show({ message_id: id, call, html }) {
  const message = document.getElementById(`m-${id}`);
  const place = message?.querySelector(".calls");
  if (!place) return; // deleted, or not on this page
  const old = document.getElementById(`call-${call.id}`);
  const element = fragmentOf(html).firstElementChild;
  const focused = old?.contains(document.activeElement);
  follow(() => {
    if (!old) place.append(element);
    else {
      if (old.dataset.status !== "pending") element.querySelector("details").open = old.querySelector("details").open;
      old.replaceWith(element);
    }
    permit(element);
  });
  if (focused) element.querySelector("summary").focus({ preventScroll: true });
  if (call.status === "pending" && element.querySelector("[data-decide]:not([hidden])")) {
    announce(`${message.dataset.author} wants to use ${call.tool}. Allow or refuse it.`);
  }
}

async function decide(control) {
  const call = control.closest(".call");
  if (call.ariaBusy === "true") return;
  call.ariaBusy = "true";
  try {
    await post(`/api/tool-calls/${call.dataset.call}/${control.dataset.decide}`);
    if ("silent" in document.body.dataset) location.reload();
  } catch (error) {
    call.querySelector(".call__refused")?.remove();
    const line = document.createElement("p");
    line.className = "call__label call__refused";
    line.setAttribute("role", "alert");
    line.textContent = error.message;
    call.append(line);
  } finally {
    call.ariaBusy = null;
  }
}
