// What many would write instead: the official SDK, a pool of so many promises, one line appended
// for each answer. No queue, no fsync, no resume.
//
//   node node_sdk.mjs BASE_URL MANIFEST RESULTS IN_FLIGHT

import { createWriteStream, readFileSync } from 'node:fs';
import OpenAI from 'openai';

const [baseURL, manifest, results, inFlight] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'sk-bench', maxRetries: 2 });
const lines = readFileSync(manifest, 'utf8').split('\n').filter(Boolean);
const out = createWriteStream(results);
let next = 0;

async function work() {
  while (next < lines.length) {
    const task = JSON.parse(lines[next++]);
    const reply = await client.chat.completions.create(task.body);
    const text = reply.choices[0].message.content;
    out.write(JSON.stringify({ id: task.custom_id, text, usage: reply.usage }) + '\n');
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, work));
out.end();
