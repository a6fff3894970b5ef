// One answer that grows. Its text comes in numbered pieces; whatever way a piece comes, it is shown once and in order.
import { get } from "./http.js";
import { follow } from "./scroll.js";

export class Growing {
  constructor(element) {
    this.element = element;
    this.next = null; // unknown until the snapshot, or the first piece of an answer whose beginning we saw
    this.waiting = "";
    this.early = new Map();
    this.frame = 0;
    this.fetching = false;
  }

  begin() {
    this.next ??= 0;
  }

  snapshot(content, next) {
    if (this.next !== null && next <= this.next) return;
    this.waiting = "";
    this.next = next;
    this.write((text) => (text.data = content));
    this.catchUp();
  }

  delta(idx, content) {
    if (this.next === null) return; // the snapshot will contain it
    if (idx < this.next) return;
    if (idx > this.next) return this.hole(idx, content);
    this.append(content);
    this.next = idx + 1;
    this.catchUp();
  }

  hole(idx, content) {
    this.early.set(idx, content);
    if (!this.fetching) this.fill();
  }

  async fill() {
    const from = this.next;
    this.fetching = true;
    try {
      const { items } = await get(`/api/messages/${this.element.dataset.id}/chunks?from=${from}`);
      for (const piece of items) if (piece.idx === this.next) this.delta(piece.idx, piece.content);
    } catch {
      // The finished text comes with message.done in any case.
    } finally {
      this.fetching = false;
    }
    if (this.early.size && this.next > from) this.fill();
  }

  catchUp() {
    while (this.early.has(this.next)) {
      const content = this.early.get(this.next);
      this.early.delete(this.next);
      this.append(content);
      this.next += 1;
    }
    for (const idx of this.early.keys()) if (idx < this.next) this.early.delete(idx);
  }

  /** Pieces are shown once a frame, however fast they come. */
  append(content) {
    this.waiting += content;
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  flush() {
    this.frame = 0;
    if (!this.waiting || !this.element.isConnected) return;
    const piece = this.waiting;
    this.waiting = "";
    this.write((text) => text.appendData(piece));
  }

  write(change) {
    follow(() => {
      const text = this.text();
      change(text);
      const waits = this.element.querySelector(".message__waiting");
      if (waits) waits.hidden = text.length > 0;
    });
  }

  text() {
    const place = this.element.querySelector(".message__text--growing");
    if (!place.firstChild) place.append("");
    return place.firstChild;
  }
}
