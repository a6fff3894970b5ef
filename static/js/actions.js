// The small buttons under messages: reply, stop, try again.
import { post } from "./http.js";

const DOORS = { cancel: "cancel", regenerate: "regenerate" };

export function startActions(list) {
  list.addEventListener("click", (event) => {
    const control = event.target.closest("[data-act]");
    const message = control?.closest(".message");
    if (!message || event.ctrlKey || event.metaKey) return;
    const act = control.dataset.act;
    if (act in DOORS) {
      event.preventDefault();
      run(message, control, DOORS[act]);
    } else if (act === "reply" && document.getElementById("composer")) {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("reply", { detail: message }));
    }
  });
}

async function run(message, control, door) {
  control.disabled = true;
  try {
    await post(`/api/messages/${message.dataset.id}/${door}`);
  } catch (error) {
    say(message, error.message);
    control.disabled = false;
    return;
  }
  // "Stop" waits for the end of the answer; "Try again" may be pressed again once the new answer is there.
  if (door === "regenerate") control.disabled = false;
}

function say(message, text) {
  message.querySelector(".message__refused")?.remove();
  const line = document.createElement("p");
  line.className = "message__ending message__ending--failed message__refused";
  line.setAttribute("role", "alert");
  line.textContent = text;
  message.querySelector(".message__actions").before(line);
}
