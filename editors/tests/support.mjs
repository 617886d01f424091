// What the tests share: an adapter to talk to, and waits with a deadline.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DebugClient } from '@vscode/debugadapter-testsupport';

export const LLMSPELL = process.env.LLMSPELL;
assert.ok(LLMSPELL, 'set LLMSPELL to the path of the llmspell binary');

// For each test, and each group of them. A busy machine may be slow; a hang must still
// be an error.
export const LIMIT = { timeout: 900_000 };
const DEADLINE = 60_000;

const here = path.dirname(fileURLToPath(import.meta.url));

export function script(name) {
  return path.join(here, 'scripts', name);
}

// Client is Microsoft's test client, which announces what editors announce.
class Client extends DebugClient {
  constructor() {
    super('llmspell', 'dap', 'llmspell');
    this.defaultTimeout = DEADLINE;
  }

  initializeRequest(args) {
    return super.initializeRequest(
      args ?? {
        adapterID: 'llmspell',
        linesStartAt1: true,
        columnsStartAt1: true,
        pathFormat: 'path',
        supportsVariableType: true,
        supportsVariablePaging: true,
      },
    );
  }
}

// stdio starts `llmspell dap`. However the test ends, the adapter must end by
// itself after a disconnect, with exit code 0 and without a complaint.
export async function stdio(t) {
  const child = spawn(LLMSPELL, ['dap'], { stdio: 'pipe' });
  const exited = new Promise((resolve) => child.on('close', resolve));
  let complaints = '';
  child.stderr.on('data', (data) => (complaints += data));
  child.stdin.on('error', () => {}); // it may be gone when the last request is written

  const client = new Client();
  client.connect(child.stdout, child.stdin);
  t.after(async () => {
    client.disconnectRequest().catch(() => {});
    try {
      assert.equal(await deadline(exited, 'the end of llmspell dap after disconnect'), 0, `exit code; stderr: ${complaints}`);
      assert.equal(complaints, '', 'nothing on stderr');
    } finally {
      child.kill('SIGKILL');
    }
  });
  return client;
}

// server starts `llmspell dap --listen SPEC` and returns the address it prints.
// It may log what its clients do wrong, but no error of its own.
export async function server(t, spec) {
  const child = spawn(LLMSPELL, ['dap', '--listen', spec], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.on('close', resolve));
  let printed = '';
  let logged = '';
  child.stderr.on('data', (data) => (logged += data));
  t.after(async () => {
    child.kill();
    try {
      await deadline(exited, 'the end of the server after SIGTERM');
      assert.doesNotMatch(logged, /panic|\terror\t/);
    } finally {
      child.kill('SIGKILL');
    }
  });
  const address = await deadline(
    new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`llmspell dap ended with exit code ${code}, having printed: ${printed}${logged}`)));
      child.stdout.on('data', (data) => {
        printed += data;
        const line = /^DAP server listening at: (.+)\n/m.exec(printed);
        if (line) resolve(line[1]);
      });
    }),
    `llmspell dap --listen ${spec} prints its address`,
  );
  return address;
}

// dial connects one more client to a server. `where` is what net.connect takes.
export async function dial(t, where) {
  const socket = net.connect(where);
  await deadline(
    new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
    `connection to ${JSON.stringify(where)}`,
  );
  const client = new Client();
  client.connect(socket, socket);
  t.after(() => socket.destroy());
  return { client, socket };
}

export function hostPort(address) {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}

// deadline rejects when a promise takes too long, naming what was awaited.
export function deadline(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${DEADLINE} ms: ${what}`)), DEADLINE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// stopAt launches a program with one breakpoint and returns the stop: the
// thread, and the frames, innermost first.
export async function stopAt(client, program, line, launch = {}) {
  const [stopped] = await Promise.all([
    client.waitForEvent('stopped'),
    client.hitBreakpoint({ program, ...launch }, { path: program, line }),
  ]);
  return where(client, stopped);
}

// resume sends a request that makes the script run, and returns the next stop.
export async function resume(client, request, threadId) {
  const [stopped] = await Promise.all([client.waitForEvent('stopped'), client.send(request, { threadId })]);
  return where(client, stopped);
}

// where asks for the stack of a stop.
export async function where(client, stopped) {
  const { threadId, reason } = stopped.body;
  const trace = await client.stackTraceRequest({ threadId });
  const frames = trace.body.stackFrames;
  return { reason, threadId, frames, frame: frames[0], line: frames[0].line, event: stopped.body };
}

// runToEnd continues, and returns when the session has ended.
export function runToEnd(client, threadId) {
  return Promise.all([client.waitForEvent('exited'), client.waitForEvent('terminated'), client.continueRequest({ threadId })]).then(
    ([exited]) => exited.body.exitCode,
  );
}

// variablesOf returns the variables of one scope of a frame.
export async function variablesOf(client, frame, scopeName) {
  const scopes = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
  const scope = scopes.find((s) => s.name === scopeName);
  assert.ok(scope, `no scope ${scopeName} among ${scopes.map((s) => s.name)}`);
  return children(client, scope.variablesReference);
}

// children returns the variables in a container, a page of them if asked.
export async function children(client, variablesReference, paging = {}) {
  const response = await client.variablesRequest({ variablesReference, ...paging });
  return response.body.variables;
}

// shown reduces variables to an object: names to values as text.
export function shown(variables) {
  return Object.fromEntries(variables.map((v) => [v.name, v.value]));
}

// outputs collects the text of output events by category, from now on.
export function outputs(client) {
  const text = { stdout: '', stderr: '', console: '' };
  client.on('output', (event) => {
    const category = event.body.category ?? 'console';
    text[category] = (text[category] ?? '') + event.body.output;
  });
  return text;
}
