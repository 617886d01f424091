import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { ProcessAdapter } from '../../src/debug/process';

const root = mkdtempSync(path.join(tmpdir(), 'process-'));
const adapters: ProcessAdapter[] = [];
after(() => {
  adapters.forEach((adapter) => adapter.dispose()); // of tests that have failed
  rmSync(root, { recursive: true, force: true });
});

// An adapter that answers each request with its name, and does what some names say.
const fake = path.join(root, 'adapter.js');
writeFileSync(
  fake,
  `let buffer = '';
const send = (message) => { const body = JSON.stringify(message); process.stdout.write('Content-Length: ' + Buffer.byteLength(body) + '\\r\\n\\r\\n' + body); };
process.stdin.setEncoding('utf8').on('data', (text) => {
  buffer += text;
  for (let match; (match = /^Content-Length: (\\d+)\\r\\n\\r\\n/.exec(buffer)); ) {
    const end = match[0].length + Number(match[1]);
    if (buffer.length < end) return;
    const request = JSON.parse(buffer.slice(match[0].length, end));
    buffer = buffer.slice(end);
    if (request.command === 'crash') { console.error('panic: a bug'); console.error('stack\\n'.repeat(200)); process.exit(2); }
    if (request.command === 'kill') process.kill(process.pid, 'SIGKILL');
    if (request.command === 'silent') continue;
    if (request.command === 'garbage') process.stdout.write('hello');
    if (request.command === 'reverse') send({ type: 'request', seq: 9, command: 'runInTerminal' });
    send({ type: 'response', seq: 1, request_seq: request.seq, command: request.command, success: true });
    if (request.command === 'end') { send({ type: 'event', seq: 2, event: 'terminated' }); process.exit(3); }
    if (request.command === 'garbage') process.stdout.write('x'.repeat(9999));
  }
}).on('end', () => process.exit(0));
console.error('started');
`,
);

interface Message {
  type: string;
  command?: string;
  event?: string;
  success?: boolean;
  message?: string;
  request_seq?: number;
}

function start(command = process.execPath, args = [fake]) {
  const messages: Message[] = [];
  const lines: string[] = [];
  const crashes: string[] = [];
  let wake = (): void => undefined;
  const note = <T>(list: T[]) => (item: T) => {
    list.push(item);
    wake();
  };
  const adapter = new ProcessAdapter({ command, args, env: {} }, { log: note(lines), crashed: (reason, last) => note(crashes)(`${reason}; ${last}`) });
  adapters.push(adapter);
  adapter.onDidSendMessage((message) => note(messages)(message as unknown as Message));
  // Waits for what comes, which a hung test never gets: the runner ends that.
  const until = async (ready: () => boolean) => {
    while (!ready()) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  let seq = 0;
  const send = (name: string) => adapter.handleMessage({ type: 'request', seq: ++seq, command: name } as never);
  const ended = () => messages.some((message) => message.event === 'terminated');
  return { adapter, messages, lines, crashes, until, send, ended };
}

function alive(pid: number | undefined): boolean {
  try {
    process.kill(pid!, 0);
    return true;
  } catch {
    return false;
  }
}

const limit = { timeout: 60_000 };

test('messages go both ways, also requests of the adapter', limit, async () => {
  const a = start();
  a.send('initialize');
  a.send('reverse');
  await a.until(() => a.messages.length === 3 && a.lines.length === 1);
  assert.deepEqual(a.messages.map((message) => `${message.type} ${message.command}`), ['response initialize', 'request runInTerminal', 'response reverse']);
  assert.deepEqual(a.lines, ['started']);
  const { pid } = a.adapter;
  a.adapter.dispose();
  await a.until(a.ended);
  assert.ok(!alive(pid), 'the process has ended');
  assert.deepEqual(a.crashes, []);
});

test('a crash is told once, waiting requests are answered, and the session ends', limit, async () => {
  const a = start();
  a.send('silent');
  a.send('crash');
  await a.until(a.ended);
  assert.equal(a.crashes.length, 1);
  assert.ok(a.crashes[0]!.split('\n').length < 30, 'not all of it');
  assert.match(a.crashes[0]!, /exit code is 2; panic: a bug\nstack\n/);
  const answers = a.messages.filter((message) => message.type === 'response');
  assert.deepEqual(answers.map((message) => [message.request_seq, message.success]), [[1, false], [2, false]]);
  assert.match(answers[0]!.message!, /has ended/);
  a.send('stackTrace');
  a.send('disconnect');
  assert.deepEqual(a.messages.slice(-2).map((message) => message.success), [false, true]);
});

test('a process that is killed has crashed', limit, async () => {
  const a = start();
  a.send('kill');
  await a.until(a.ended);
  assert.match(a.crashes.join(), /SIGKILL/);
});

test('an end after the session is no crash, whatever the exit code', limit, async () => {
  const a = start();
  a.send('end');
  await a.until(() => a.messages.filter((message) => message.event === 'terminated').length === 2);
  assert.deepEqual(a.crashes, []);
});

test('what is no protocol ends the process', limit, async () => {
  const a = start();
  a.send('garbage');
  await a.until(a.ended);
  assert.equal(a.crashes.length, 1);
  assert.match(a.crashes[0]!, /no message of the Debug Adapter Protocol/);
});

test('a program that cannot be started is a crash', limit, async () => {
  const a = start(path.join(root, 'none'), []);
  a.send('initialize');
  await a.until(a.ended);
  assert.match(a.crashes.join(), /ENOENT/);
  assert.equal(a.messages[0]?.success, false);
  a.adapter.dispose();
});

test('a process that ignores its end is killed', limit, async () => {
  const stubborn = path.join(root, 'stubborn.js');
  writeFileSync(stubborn, `process.on('SIGTERM', () => {}); console.error('up'); setInterval(() => {}, 1000);`);
  const a = start(process.execPath, [stubborn]);
  await a.until(() => a.lines.length === 1);
  a.adapter.dispose();
  await a.until(a.ended);
  assert.deepEqual(a.crashes, []);
});
