// What is typed and not sent survives a reload, in this tab.
const key = `palaver.draft:${location.pathname}`;

export const readDraft = () => sessionStorage.getItem(key) ?? "";

export function writeDraft(text) {
  if (text) sessionStorage.setItem(key, text);
  else sessionStorage.removeItem(key);
}

const SENT = "palaver.sent";

/** A form was sent the ordinary way: its draft goes once its message is seen on the next page. */
export const sent = (clientId) => sessionStorage.setItem(SENT, JSON.stringify({ key, clientId }));

export function forgetArrived() {
  const waiting = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
  if (!waiting || !document.querySelector(`.message[data-client-id="${waiting.clientId}"]`)) return;
  sessionStorage.removeItem(waiting.key);
  sessionStorage.removeItem(SENT);
}
