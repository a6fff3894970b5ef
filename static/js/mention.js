// Names after an @: a list of who is in the conversation, chosen with the arrow keys.
import { get } from "./http.js";

const conversation = document.body.dataset.conversation;
const TYPED = /(?:^|[^\w@./])@([\p{L}\p{N}_.-]{0,32})$/u;
const SHOWN = 8;
let people = null;
let lists = 0;

export function startMentions(field) {
  if (conversation) new Names(field);
}

const everybody = async () => (people ??= load());

async function load() {
  try {
    const [{ kind }, { items }] = await Promise.all([
      get(`/api/conversations/${conversation}`), get(`/api/conversations/${conversation}/participants?limit=200`),
    ]);
    const participants = items.toSorted((one, other) => (other.kind === "assistant") - (one.kind === "assistant"));
    const all = kind === "group" ? [{ id: "all", username: "all", display_name: "Everybody here" }] : [];
    return [...participants.filter((person) => person.id !== document.body.dataset.userId), ...all];
  } catch {
    people = null; // asked again at the next @
    return [];
  }
}

class Names {
  constructor(field) {
    this.field = field;
    this.found = [];
    this.active = 0;
    this.list = document.createElement("ul");
    this.list.className = "names";
    this.list.id = `names-${++lists}`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "People to mention");
    field.parentElement.append(this.list);
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    field.addEventListener("blur", () => this.close());
    // Before those who send with Enter.
    field.addEventListener("keydown", (event) => this.pressed(event), { capture: true });
    this.list.addEventListener("pointerdown", (event) => this.touched(event));
  }

  async look() {
    const typed = this.typed();
    if (typed === null) return this.close();
    const known = await everybody();
    if (this.typed() !== typed || document.activeElement !== this.field) return;
    const fits = (name) => name.toLowerCase().split(/\s+/).some((word) => word.startsWith(typed));
    this.found = known.filter(({ username, display_name: name }) => fits(username) || fits(name)).slice(0, SHOWN);
    this.active = 0;
    this.found.length ? this.show() : this.close();
  }

  /** What stands between an @ and the cursor. */
  typed() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    return this.field.selectionStart === this.field.selectionEnd ? (TYPED.exec(before)?.[1].toLowerCase() ?? null) : null;
  }

  show() {
    this.list.replaceChildren(...this.found.map((person, n) => this.line(person, n)));
    this.list.hidden = false;
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-controls", this.list.id);
    this.field.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
    this.list.children[this.active].scrollIntoView({ block: "nearest" });
  }

  line({ username, display_name: name }, n) {
    const line = document.createElement("li");
    line.id = `${this.list.id}-${n}`;
    line.className = "names__item";
    line.dataset.n = n;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(n === this.active));
    const shown = document.createElement("span");
    shown.textContent = name;
    const short = document.createElement("span");
    short.className = "names__name";
    short.textContent = `@${username}`;
    line.append(shown, " ", short);
    return line;
  }

  close() {
    this.list.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) this.field.removeAttribute(name);
  }

  pressed(event) {
    if (this.list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.show();
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.isComplete()) return this.close(); // nothing to choose: it is sent
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.choose(this.active);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  isComplete() {
    return this.found[this.active].username.toLowerCase() === this.typed();
  }

  touched(event) {
    event.preventDefault(); // the field keeps the focus
    const line = event.target.closest("[data-n]");
    if (line) this.choose(Number(line.dataset.n));
  }

  choose(n) {
    const end = this.field.selectionStart;
    const begin = end - this.typed().length;
    this.field.setRangeText(`${this.found[n].username} `, begin, end, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
