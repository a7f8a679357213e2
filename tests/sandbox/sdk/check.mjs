// The official SDKs, unchanged, against a running sandbox gateway:
//   node check.mjs http://127.0.0.1:8787
// One line for each call; exits 1 when one of them fails.
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import assert from "node:assert/strict";

const base = process.argv[2];
if (!base) {
  console.error("usage: node check.mjs BASE_URL");
  process.exit(2);
}
const key = "sk-sandbox-sdk-check";
const openai = new OpenAI({ apiKey: key, baseURL: `${base}/v1`, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: key, baseURL: base, maxRetries: 0 });
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: base } });
const hello = [{ role: "user", content: "Say hello." }];

const checks = {
  async "openai models.list"() {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    assert(ids.includes("gpt-5.4"));
    return `${ids.length} models`;
  },
  async "openai chat"() {
    const reply = await openai.chat.completions.create({ model: "gpt-5.4", messages: hello });
    assert.equal(reply.choices[0].finish_reason, "stop");
    assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
    return reply.choices[0].message.content;
  },
  async "openai chat stream"() {
    const stream = await openai.chat.completions.create({
      model: "qwen3.6-plus",
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let finish;
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    assert.equal(finish, "stop");
    assert(usage.total_tokens > 0);
    return text;
  },
  async "openai chat refused"() {
    const call = openai.chat.completions.create({
      model: "Kimi-K2.6",
      messages: hello,
      temperature: 0.2,
    });
    await assert.rejects(call, (error) => error instanceof OpenAI.BadRequestError);
    return "BadRequestError";
  },
  async "openai wrong key"() {
    const other = new OpenAI({ apiKey: "sk-wrong", baseURL: `${base}/v1`, maxRetries: 0 });
    await assert.rejects(other.models.list(), (error) => error instanceof OpenAI.AuthenticationError);
    return "AuthenticationError";
  },
  async "openai images"() {
    const reply = await openai.images.generate({
      model: "gpt-image-2",
      prompt: "a lamp",
      n: 2,
      size: "1024x1536",
    });
    assert.equal(reply.data.length, 2);
    const file = Buffer.from(reply.data[0].b64_json, "base64");
    assert.equal(file.subarray(1, 4).toString(), "PNG");
    assert.equal(file.readUInt32BE(16), 1024);
    assert.equal(file.readUInt32BE(20), 1536);
    return `${file.length} bytes of PNG`;
  },
  async "openai speech"() {
    const reply = await openai.audio.speech.create({
      model: "qwen3-tts-flash",
      voice: "Cherry",
      input: "Good night.",
    });
    const file = Buffer.from(await reply.arrayBuffer());
    assert.equal(file.subarray(0, 4).toString(), "RIFF");
    return `${file.length} bytes of WAV`;
  },
  async "anthropic messages"() {
    const reply = await anthropic.messages.create({
      model: "claude-sonnet-4-6",
      max_tokens: 1024,
      messages: hello,
    });
    assert.equal(reply.stop_reason, "end_turn");
    assert.equal(reply.content[0].type, "text");
    return reply.content[0].text;
  },
  async "anthropic thinking"() {
    const reply = await anthropic.messages.create({
      model: "claude-sonnet-4-6",
      max_tokens: 4096,
      thinking: { type: "enabled", budget_tokens: 1024 },
      messages: hello,
    });
    assert.deepEqual(reply.content.map((block) => block.type), ["thinking", "text"]);
    assert(reply.content[0].signature.length > 0);
    return reply.content[0].thinking;
  },
  async "anthropic stream"() {
    const stream = anthropic.messages.stream({
      model: "claude-sonnet-4-6",
      max_tokens: 4096,
      thinking: { type: "enabled", budget_tokens: 1024 },
      messages: hello,
    });
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const final = await stream.finalMessage();
    assert.equal(final.stop_reason, "end_turn");
    assert.equal(final.content.at(-1).text, text);
    assert(final.content[0].signature.length > 0);
    return text;
  },
  async "anthropic tool use"() {
    const reply = await anthropic.messages.create({
      model: "claude-sonnet-4-6",
      max_tokens: 1024,
      tools: [
        {
          name: "weather",
          input_schema: { type: "object", properties: { city: { type: "string" } } },
        },
      ],
      tool_choice: { type: "tool", name: "weather" },
      messages: hello,
    });
    assert.equal(reply.stop_reason, "tool_use");
    assert.equal(typeof reply.content[0].input.city, "string");
    return reply.content[0].name;
  },
  async "anthropic models.list"() {
    const page = await anthropic.models.list();
    assert.equal(page.data[0].type, "model");
    return `${page.data.length} models`;
  },
  async "genai generateContent"() {
    const reply = await google.models.generateContent({
      model: "gemini-3.5-flash",
      contents: "Say hello.",
    });
    assert(reply.text.length > 0);
    return reply.text;
  },
  async "genai stream"() {
    const stream = await google.models.generateContentStream({
      model: "gemini-3.5-flash",
      contents: "Say hello.",
    });
    let text = "";
    let finish;
    for await (const chunk of stream) {
      text += chunk.text ?? "";
      finish = chunk.candidates?.[0]?.finishReason ?? finish;
    }
    assert.equal(finish, "STOP");
    return text;
  },
  async "genai image"() {
    const reply = await google.models.generateContent({
      model: "gemini-3.1-flash-image-preview",
      contents: "a lamp",
      config: { responseModalities: ["TEXT", "IMAGE"] },
    });
    const file = Buffer.from(reply.text, "base64");  // bare, as the gateway's document has it
    assert.equal(file.subarray(1, 4).toString(), "PNG");
    return `${file.length} bytes of PNG`;
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    console.log(`ok    ${name}: ${String(await check()).slice(0, 70)}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
