// One answer that grows. Its text comes in numbered pieces; whatever way a piece comes, it is shown once and in order.
// Blocks that are complete come rendered with a piece; what follows them is plain text.
import { dress, fragmentOf } from "./dress.js";
import { get } from "./http.js";
import { follow } from "./scroll.js";

const FENCE = /^(```|~~~)[^\n]*\n?/;

export class Growing {
  constructor(element) {
    this.element = element;
    this.next = null; // unknown until the snapshot, or the first piece of an answer whose beginning we saw
    this.text = "";
    this.end = 0; // where the rendered blocks end
    this.blocks = "";
    this.early = new Map();
    this.frame = 0;
    this.fetching = false;
  }

  begin() {
    this.next ??= 0;
  }

  snapshot({ content, next_idx: next, html = "", end = 0 }) {
    if (this.next !== null && next <= this.next) return;
    this.next = next;
    this.text = content;
    this.end = end;
    this.blocks = html;
    this.element.querySelector(".message__blocks").replaceChildren();
    this.show();
    this.catchUp();
  }

  delta(piece) {
    if (this.next === null) return; // the snapshot will contain it
    if (piece.idx < this.next) return;
    if (piece.idx > this.next) return this.hole(piece);
    this.append(piece);
    this.catchUp();
  }

  hole(piece) {
    this.early.set(piece.idx, piece);
    if (!this.fetching) this.fill();
  }

  async fill() {
    const from = this.next;
    this.fetching = true;
    try {
      const { items } = await get(`/api/messages/${this.element.dataset.id}/chunks?from=${from}`);
      for (const piece of items) if (piece.idx === this.next) this.delta(piece);
    } catch {
      // The finished text comes with message.done in any case.
    } finally {
      this.fetching = false;
    }
    if (this.early.size && this.next > from) this.fill();
  }

  catchUp() {
    while (this.early.has(this.next)) this.append(this.early.get(this.next));
    for (const idx of this.early.keys()) if (idx < this.next) this.early.delete(idx);
  }

  append({ content, html, start, end }) {
    this.next += 1;
    this.text += content;
    const waits = this.element.querySelector(".message__waiting");
    if (waits) waits.dataset.inLine = ""; // whatever was said of its place
    // Blocks after one that we missed stay text until the answer is finished.
    if (html && start === this.end) {
      this.blocks += html;
      this.end = end;
    }
    this.show();
  }

  /** Shown once a frame, however fast the pieces come. */
  show() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.element.isConnected) follow(() => this.write());
    });
  }

  write() {
    const tail = this.element.querySelector(".message__tail");
    const text = this.text.slice(this.end);
    tail.textContent = text.replace(FENCE, "");
    tail.classList.toggle("message__tail--code", FENCE.test(text));
    if (this.blocks) this.writeBlocks();
    const waits = this.element.querySelector(".message__waiting");
    if (waits) waits.hidden = this.text.length > 0 && !waits.dataset.inLine;
  }

  writeBlocks() {
    const place = this.element.querySelector(".message__blocks");
    place.append(fragmentOf(this.blocks));
    this.blocks = "";
    dress(place.parentElement);
  }
}
