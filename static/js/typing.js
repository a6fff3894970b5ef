// "Anna is typing…" above the field, and telling the others that we are.
import { on } from "./events.js";
import { post } from "./http.js";

const EVERY = 3000;
const SECONDS = 6;
const LONGEST = 10000;

const here = document.body.dataset;
const root = here.root || null;
const line = document.getElementById("typing");
const typing = new Map(); // user -> timer that ends it
let told = 0;

export function startTyping() {
  const field = document.querySelector("form[data-composer]")?.elements.content;
  if (!line || !field) return;
  field.addEventListener("input", () => field.value.trim() && tell());
  on("typing.update", heard);
  on("message.new", posted);
}

function tell() {
  if (Date.now() - told < EVERY || !others().length) return;
  told = Date.now();
  post("/api/typing", { conversation_id: here.conversation, root_id: root, seconds: SECONDS }).catch(() => {});
}

const others = () => [...document.querySelectorAll("[data-person]")].filter((item) => item.dataset.person !== here.userId);

function heard({ conversation_id: conversation, root_id: place, user_id: user, expires_at: until }) {
  if (conversation !== here.conversation || place !== root || user === here.userId) return;
  // Clocks differ: never longer than the server allows, and long enough to be seen.
  const left = Math.min(Math.max(new Date(until) - Date.now(), 1000), LONGEST);
  clearTimeout(typing.get(user));
  typing.set(user, setTimeout(() => ended(user), left));
  show();
}

function posted({ conversation_id: conversation, message }) {
  if (conversation !== here.conversation) return;
  if (message.author.id === here.userId) told = 0;
  ended(message.author.id);
}

function ended(user) {
  clearTimeout(typing.get(user));
  if (typing.delete(user)) show();
}

function show() {
  const text = sentence([...typing.keys()].map(nameOf));
  // The same words again would be read aloud again.
  if (line.textContent !== text) line.textContent = text;
}

const nameOf = (user) => document.querySelector(`[data-person="${user}"]`)?.dataset.name ?? "Somebody";

function sentence(names) {
  if (!names.length) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length > 3) return "Several people are typing…";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
}
