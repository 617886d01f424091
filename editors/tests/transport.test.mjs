// stdio, TCP and a unix socket; several clients; clients that vanish.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { deadline, dial, hostPort, LIMIT, LLMSPELL, outputs, runToEnd, script, server, shown, stopAt, variablesOf } from './support.mjs';

function frame(message) {
  const body = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

// messages parses what an adapter wrote, and fails on a byte that is no part
// of a message.
function messages(data) {
  const found = [];
  while (data.length > 0) {
    const header = /^Content-Length: (\d+)\r\n\r\n/.exec(data.toString('latin1'));
    assert.ok(header, `not a message: ${JSON.stringify(data.subarray(0, 60).toString())}`);
    const end = header[0].length + Number(header[1]);
    found.push(JSON.parse(data.subarray(header[0].length, end)));
    data = data.subarray(end);
  }
  return found;
}

describe('stdio', LIMIT, () => {
  test('carries messages and nothing else, numbered from 1; the process ends after disconnect', async (t) => {
    const child = spawn(LLMSPELL, ['dap'], { stdio: ['pipe', 'pipe', 'pipe'] });
    t.after(() => child.kill());
    const written = [];
    child.stdout.on('data', (data) => written.push(data));
    const sent = [
      ['initialize', { adapterID: 'llmspell' }],
      ['launch', { program: script('arguments.lua') }],
      ['configurationDone', {}],
    ];
    sent.forEach(([command, args], i) => child.stdin.write(frame({ seq: i + 1, type: 'request', command, arguments: args })));
    const ended = () => messages(Buffer.concat(written)).some((m) => m.event === 'terminated');
    await deadline(
      (async () => {
        while (!ended()) await once(child.stdout, 'data');
      })(),
      'the terminated event',
    );
    child.stdin.write(frame({ seq: 4, type: 'request', command: 'disconnect' }));
    const [code] = await deadline(once(child, 'close'), 'the end of llmspell dap');
    assert.equal(code, 0);

    const all = messages(Buffer.concat(written));
    assert.deepEqual(all.map((m) => m.seq), all.map((_, i) => i + 1));
    const answered = all.filter((m) => m.type === 'response').map((m) => m.request_seq);
    assert.deepEqual([...answered].sort(), [1, 2, 3, 4], 'exactly one response to each request');
    assert.equal(all.at(-1).command, 'disconnect');
  });

  test('ends when its input ends, even while the script is busy', async (t) => {
    const child = spawn(LLMSPELL, ['dap'], { stdio: ['pipe', 'ignore', 'ignore'] });
    t.after(() => child.kill());
    child.stdin.write(frame({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'llmspell' } }));
    child.stdin.write(frame({ seq: 2, type: 'request', command: 'launch', arguments: { program: script('busy.lua') } }));
    child.stdin.end(frame({ seq: 3, type: 'request', command: 'configurationDone' }));
    await deadline(once(child, 'exit'), 'the end of llmspell dap');
  });
});

describe('TCP', LIMIT, () => {
  test('several clients at once, each with a session of its own', async (t) => {
    const address = await server(t, '127.0.0.1:0');
    const words = ['red', 'green', 'blue'];
    const sessions = await Promise.all(
      words.map(async (word) => {
        const { client } = await dial(t, hostPort(address));
        const text = outputs(client);
        const stop = await stopAt(client, script('words.lua'), 4, { args: [word] });
        return { client, text, stop };
      }),
    );
    // All three stand at line 4 now: what one has done, the others must not see.
    for (const [i, { client, stop }] of sessions.entries()) {
      assert.equal(shown(await variablesOf(client, stop.frame, 'Locals')).word, `"${words[i]}"`);
      const counter = await client.evaluateRequest({ expression: 'counter', context: 'watch', frameId: stop.frame.id });
      assert.equal(counter.body.result, '1');
    }
    await sessions[0].client.disconnectRequest();
    for (const [i, { client, text, stop }] of sessions.slice(1).entries()) {
      assert.equal(await runToEnd(client, stop.threadId), 0);
      assert.equal(text.stdout, `${words[i + 1]}\t1\n`);
    }
  });

  test('a client that vanishes at a stop takes nothing with it', async (t) => {
    const address = await server(t, '127.0.0.1:0');
    const gone = await dial(t, hostPort(address));
    await stopAt(gone.client, script('order.lua'), 13);
    gone.socket.destroy();

    const { client } = await dial(t, hostPort(address));
    const stop = await stopAt(client, script('order.lua'), 13);
    assert.equal(stop.line, 13);
  });

  test('a web page gets no answer', async (t) => {
    const address = await server(t, '127.0.0.1:0');
    const body = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'x' } });
    await assert.rejects(
      fetch(`http://${address}/`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body }),
      'the connection is closed without an HTTP answer',
    );
    const { client } = await dial(t, hostPort(address));
    await client.initializeRequest();
  });
});

describe('unix socket', { ...LIMIT, skip: process.platform === 'win32' && 'no unix sockets here' }, () => {
  test('carries a session, and is for its owner only', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'llmspell-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const socketPath = path.join(folder, 'private', 'dap.sock');
    await server(t, `unix:${socketPath}`);
    assert.equal(fs.statSync(socketPath).mode & 0o777, 0o600);
    assert.equal(fs.statSync(path.dirname(socketPath)).mode & 0o777, 0o700);

    const { client } = await dial(t, { path: socketPath });
    const stop = await stopAt(client, script('order.lua'), 19);
    assert.equal(shown(await variablesOf(client, stop.frame, 'Locals')).both, '180');
    assert.equal(await runToEnd(client, stop.threadId), 0);
  });
});
