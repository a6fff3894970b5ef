// OpenAI's own JavaScript client against /v1: node client.mjs <base url> <key> <conversation>; a line of JSON for every call.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/x`));
const { default: OpenAI } = await import(pathToFileURL(require.resolve("openai")));
const [baseURL, apiKey, conversation] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const turn = (content) => [{ role: "user", content }];
const ask = (content, more = {}, options = {}) =>
  client.chat.completions.create({ model: "local", messages: turn(content), ...more }, options);
const pieces = (n) => Array.from({ length: n }, (_, i) => `w${i} `).join("");
const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", parameters } }];

async function text(stream) {
  let all = "";
  for await (const chunk of stream) all += chunk.choices[0]?.delta?.content ?? "";
  return all;
}

const absent = (call) => () => assert.rejects(call, (e) => e instanceof OpenAI.NotFoundError && /There is no/.test(e.message));

const calls = {
  "models.list": async () => {
    const names = [];
    for await (const model of client.models.list()) names.push(model.id);
    assert(names.includes("local") && names.includes("palaver"));
  },
  "models.retrieve": async () => assert.equal((await client.models.retrieve("local")).object, "model"),
  "chat.completions.create": async () => {
    const said = await ask("pieces=4");
    assert.equal(said.choices[0].message.content, pieces(4));
    assert.equal(said.usage.completion_tokens, 4);
  },
  "chat.completions.create, streamed": async () => assert.equal(await text(await ask("pieces=20", { stream: true })), pieces(20)),
  "chat.completions.create, streamed with usage": async () => {
    let last;
    for await (const chunk of await ask("pieces=5", { stream: true, stream_options: { include_usage: true } })) last = chunk;
    assert.equal(last.usage.completion_tokens, 5);
  },
  "stop, temperature, top_p, seed, token limits": async () => {
    const said = await ask("echo=1", { stop: "a", temperature: 0.1, top_p: 0.9, seed: 3, max_tokens: 50, user: "u" });
    const sent = JSON.parse(said.choices[0].message.content);
    assert.deepEqual([sent.stop, sent.temperature, sent.seed, sent.max_tokens], [["a"], 0.1, 3, 50]);
    assert.deepEqual(said.warnings, ["user is ignored by this server."]);
  },
  "tools, with their results": async () => {
    const { message, finish_reason } = (await ask("call=1", { tools })).choices[0];
    assert.equal(finish_reason, "tool_calls");
    const messages = [...turn("call=1"), message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: "rain" }];
    assert.equal((await ask("", { messages, tools })).choices[0].message.content, "The tool said: rain");
  },
  "response_format": async () => {
    const said = await ask("echo=1", { response_format: { type: "json_object" } });
    assert.equal(JSON.parse(said.choices[0].message.content).response_format.type, "json_object");
  },
  "chat.completions.parse": async () => {
    const response_format = { type: "json_schema", json_schema: { name: "echo", schema: { type: "object" } } };
    const said = await client.chat.completions.parse({ model: "local", messages: turn("echo=1"), response_format });
    assert.equal(JSON.parse(said.choices[0].message.content).model, "mock");
  },
  "chat.completions.stream": async () => {
    const stream = client.chat.completions.stream({ model: "local", messages: turn("pieces=7") });
    assert.equal((await stream.finalChatCompletion()).choices[0].message.content, pieces(7));
  },
  "chat.completions.runTools": async () => {
    const seen = [];
    const weather = (given) => { seen.push(given.city); return "rain"; };
    const wanted = [{ type: "function", function: { function: weather, name: "weather", parse: JSON.parse, parameters, description: "" } }];
    const runner = client.chat.completions.runTools({ model: "local", messages: turn("call=1"), tools: wanted });
    assert.equal(await runner.finalContent(), "The tool said: rain");
    assert.deepEqual(seen, ["Oslo"]);
  },
  "raw responses": async () => assert((await ask("pieces=1").asResponse()).headers.get("x-request-id")),
  "metadata.palaver: in a thread": async () => {
    const metadata = { palaver: JSON.stringify({ conversation_id: conversation }) };
    const said = await ask("pieces=3", { metadata });
    assert.equal(said.choices[0].message.content, pieces(3));
    assert.equal(said.metadata.palaver.conversation_id, conversation);
  },
  "ending a stream early": async () => {
    const stream = await ask("pieces=1000 delay=50", { stream: true });
    for await (const _ of stream) break;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(ask("hang=1", {}, { signal: controller.signal }), OpenAI.APIUserAbortError);
  },
  "time-outs": () => assert.rejects(ask("hang=1", {}, { timeout: 500 }), OpenAI.APIConnectionTimeoutError),
  "a wrong key": () => assert.rejects(new OpenAI({ baseURL, apiKey: "pv_wrong" }).models.list(), OpenAI.AuthenticationError),
  "an unknown model": () => assert.rejects(ask("x", { model: "gpt-9" }), (e) => e instanceof OpenAI.NotFoundError && e.code === "model_not_found"),
  "a parameter that cannot be": () => assert.rejects(ask("x", { temperature: 9 }), (e) => e instanceof OpenAI.BadRequestError && e.param === "temperature"),
  "a model that fails": async () => {
    await assert.rejects(ask("fail=500"), OpenAI.InternalServerError);
    await assert.rejects(async () => text(await ask("pieces=9 drop=3", { stream: true })), OpenAI.APIError);
  },
  "embeddings.create": absent(() => client.embeddings.create({ model: "local", input: "x" })),
  "responses.create": absent(() => client.responses.create({ model: "local", input: "x" })),
  "completions.create": absent(() => client.completions.create({ model: "local", prompt: "x" })),
  "images.generate": absent(() => client.images.generate({ model: "local", prompt: "x" })),
  "audio.speech.create": absent(() => client.audio.speech.create({ model: "local", input: "x", voice: "alloy" })),
  "moderations.create": absent(() => client.moderations.create({ model: "local", input: "x" })),
  "files.list": absent(() => client.files.list()),
  "batches.list": absent(() => client.batches.list()),
};

for (const [call, run] of Object.entries(calls)) {
  let wrong = null;
  try {
    await run();
  } catch (error) {
    wrong = String(error?.stack ?? error).slice(0, 2000);
  }
  console.log(JSON.stringify({ call, wrong }));
}
