// Calls of our own API.
const cookie = (name) => document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);

/** The problem of an answer, as a sentence for people. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const post = (path, body = {}) => send("POST", path, body);

/** Finishes even when the page is left, unless the text is very long. */
export const put = (path, body) => send("PUT", path, body, { keepalive: JSON.stringify(body).length < 16000 });

function send(method, path, body, more = {}) {
  return answerOf(fetch(path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": cookie("CSRF-TOKEN") ?? "" },
    body: JSON.stringify(body),
    ...more,
  }));
}

export const get = (path) => answerOf(fetch(path, { headers: { Accept: "application/json" } }));

async function answerOf(request) {
  let answer;
  try {
    answer = await request;
  } catch {
    throw new Refused(0, "The server cannot be reached.");
  }
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  if (answer.status === 401 && problem.code === "PV.AUTH.REQUIRED") throw new Refused(401, "You have been signed out; sign in again in another tab, then send again.");
  throw new Refused(answer.status, problem.detail || `The server answered ${answer.status}.`);
}

/** Has our session ended? Only a clear answer counts. */
export async function signedOut() {
  try {
    return (await fetch("/api/auth/me")).status === 401;
  } catch {
    return false;
  }
}
