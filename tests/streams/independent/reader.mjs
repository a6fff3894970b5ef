// One reader: `node reader.mjs LIBRARY URL AUTHORIZATION KIND…` writes what it hears, a line of JSON an event.
import { createRequire } from "node:module";
import { join } from "node:path";

const [library, url, authorization, ...kinds] = process.argv.slice(2);
const load = createRequire(join(process.cwd(), "package.json"));
const say = (type, data) => console.log(JSON.stringify({ type, data }));

if (library === "eventsource") {
  const { EventSource } = load("eventsource");
  const source = new EventSource(url, {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, Authorization: authorization } }),
  });
  // "error" is also what a cut is called; that one has no data.
  for (const kind of kinds) source.addEventListener(kind, (event) => event.data && say(event.type, event.data));
  source.onerror = (event) => {
    if (source.readyState === EventSource.CLOSED) throw new Error(`gave up: ${event.code} ${event.message}`);
  };
} else {
  // It was written for pages; this is what it takes of one.
  globalThis.window = globalThis;
  globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
  const { fetchEventSource } = load("@microsoft/fetch-event-source");
  await fetchEventSource(url, {
    headers: { Authorization: authorization },
    openWhenHidden: true,
    async onopen(response) {
      if (!response.ok) throw new Error(`answered ${response.status}`);
    },
    onmessage: (event) => event.event && say(event.event, event.data),
    onclose() {
      throw new Error("closed"); // or it would take the end of a stream for the end of all
    },
    onerror: () => 300,
  });
}
