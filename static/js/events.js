// Who wants to know what: modules listen here, the stream tells.
const listeners = new Map();

export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

export function tell(kind, payload) {
  for (const listener of listeners.get(kind) ?? []) listener(payload);
}

export const kinds = () => [...listeners.keys()];
