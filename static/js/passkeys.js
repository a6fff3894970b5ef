// Passkeys: signing in with one, showing one as a second factor, adding one.
import { post, Refused } from "./http.js";

const DOOR = "/api/auth/passkeys";
const able = () => typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === "function";

const ACTS = {
  "sign-in": () => show("/sign-in"),
  verify: () => show("/verify"),
  add,
};

async function show(door) {
  const { options } = await post(`${DOOR}${door}/options`);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  await post(`${DOOR}${door}`, { credential: credential.toJSON() });
}

async function add(form) {
  const { name, password } = form.elements;
  const { options } = await post(`${DOOR}/options`, password?.value ? { password: password.value } : {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  await post(DOOR, { name: name.value, credential: credential.toJSON() });
}

function said(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "InvalidStateError") return "This device has a passkey for Palaver already.";
  if (error.name === "NotAllowedError") return "No passkey was given. Try again when you are ready.";
  return "This browser could not use a passkey.";
}

function start(area) {
  const kind = area.dataset.passkey, line = area.querySelector('[role="alert"]'), button = area.querySelector("button");
  const elsewhere = location.origin !== area.dataset.origin;
  if (elsewhere || !able()) {
    if (kind === "sign-in") return; // the password is there
    area.hidden = false;
    for (const part of area.querySelectorAll("button, .field, .passkey__or")) part.hidden = true;
    tell(line, elsewhere ? `Passkeys work only at ${area.dataset.origin}; open Palaver there.` : "This browser cannot use passkeys.");
    return;
  }
  area.hidden = false;
  area.addEventListener(kind === "add" ? "submit" : "click", async (event) => {
    if (kind !== "add" && !button.contains(event.target)) return;
    event.preventDefault();
    line.hidden = true;
    button.disabled = true;
    try {
      await ACTS[kind](area);
      location.assign(area.dataset.next);
    } catch (error) {
      tell(line, said(error));
      button.disabled = false;
    }
  });
}

function tell(line, text) {
  line.textContent = text;
  line.hidden = false;
}

document.querySelectorAll("[data-passkey]").forEach(start);
