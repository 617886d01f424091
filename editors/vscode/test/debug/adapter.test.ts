import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { beforeEach, test } from 'node:test';
import { AdapterFactory, dapFlags } from '../../src/debug/adapter';
import { kernels, pickKernel, type Kernel } from '../../src/debug/kernels';
import { ProcessAdapter } from '../../src/debug/process';
import { Logs } from '../../src/logs';
import { URI } from '../uri';
import * as stub from '../vscode';

beforeEach(stub.reset);
const limit = { timeout: 60_000 };
const session = (configuration: object) => ({ name: 'x', configuration: { type: 'llmspell', request: 'launch', ...configuration } }) as never;

function factory(program?: object): AdapterFactory {
  const services = { find: async () => program, program: async () => void stub.shown.push({ kind: 'error', text: 'missing' }), logs: new Logs(), environment: () => ({}) };
  return new AdapterFactory(services as never);
}

async function listening(): Promise<{ port: number; close(): void }> {
  const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

test('a server that runs is connected to, by its port', limit, async () => {
  const server = await listening();
  const found = (await factory().createDebugAdapterDescriptor(session({ port: server.port }))) as unknown as stub.DebugAdapterServer;
  assert.deepEqual([found.port, found.host], [server.port, '127.0.0.1']);
  server.close();
});

test('where nothing serves, the message says how to start it', limit, async () => {
  const server = await listening();
  server.close();
  const text = new RegExp(`No debug server answers at 127.0.0.1:${server.port} .*llmspell dap --listen 127.0.0.1:${server.port}`);
  await assert.rejects(Promise.resolve(factory().createDebugAdapterDescriptor(session({ port: server.port }))), text);
  await assert.rejects(Promise.resolve(factory().createDebugAdapterDescriptor(session({ socket: '/nowhere/s' }))), /the socket \/nowhere\/s .*unix:\/nowhere\/s/);
});

test('without a program the user is told what to do', limit, async () => {
  await assert.rejects(Promise.resolve(factory().createDebugAdapterDescriptor(session({}))), /was not found/);
  assert.equal(stub.shown[0]?.text, 'missing');
});

test('a process that ends too early is told, with a button to the log and one to start again', limit, async () => {
  stub.answers.push('Restart');
  const made = factory({ command: process.execPath, args: ['-e', 'console.error("panic: a bug"); process.exit(2)', '--'], origin: 'PATH' });
  const adapter = (await made.createDebugAdapterDescriptor(session({ program: 'a.lua' }))) as unknown as stub.DebugAdapterInlineImplementation;
  await new Promise((resolve) => (adapter.implementation as ProcessAdapter).onDidSendMessage(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(stub.shown[0]!.text, /ended before "x" did: panic: a bug/);
  assert.deepEqual(stub.shown[0]!.items, ['Restart', 'Show Log']);
  assert.equal((stub.started[0]!.what as { program: string }).program, 'a.lua');
});

test("the adapter works in the folder of the program, or else of the workspace", limit, async () => {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'adapter-')));
  const tells = { command: process.execPath, args: ['-e', 'console.error("panic: in " + process.cwd()); process.exit(2)', '--'], origin: 'PATH' };
  const told = async (program: object, workspaceFolder?: object) => {
    stub.shown.length = 0;
    const descriptor = await factory(program).createDebugAdapterDescriptor({ name: 'x', configuration: { type: 'llmspell', request: 'launch' }, workspaceFolder } as never);
    const adapter = (descriptor as unknown as stub.DebugAdapterInlineImplementation).implementation as ProcessAdapter;
    await new Promise((resolve) => adapter.onDidSendMessage(resolve));
    return /panic: in (.*)\.$/.exec(stub.shown[0]!.text)?.[1];
  };
  try {
    assert.equal(await told(tells, { uri: URI.file(root), name: 'w', index: 0 }), root);
    assert.equal(await told({ ...tells, cwd: root }, { uri: URI.file('/'), name: 'w', index: 0 }), root);
    assert.equal(await told(tells), process.cwd());
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('settings as flags', () => {
  assert.deepEqual(dapFlags(), []);
  Object.assign(stub.settings, { 'llmspell.run.maxMemory': '1GiB', 'llmspell.run.mcpConfig': 'm.json', 'llmspell.run.mcpProject': true, 'llmspell.debug.adapterArgs': ['--read-only'] });
  assert.deepEqual(dapFlags(), ['--max-memory=1GiB', '--mcp-config=m.json', '--mcp-project', '--read-only']);
});

test('a setting with one flag in place of a list is one flag', () => {
  stub.settings['llmspell.debug.adapterArgs'] = '--read-only';
  assert.deepEqual(dapFlags(), ['--read-only']);
});

const kernel = (id: string): Kernel => ({ id, status: 'running', pid: 1, uptime_seconds: 1, sessions: 2, running: 0, memory_bytes: 5 << 20 });
function running(list: Kernel[] | Error) {
  return {
    program: async () => ({}),
    json: async () => (list instanceof Error ? Promise.reject(list) : list),
    logs: new Logs(),
  } as never;
}

test('one kernel is taken, of several one is picked', async () => {
  assert.equal(await pickKernel(running([kernel('dev')])), 'dev');
  assert.equal(stub.shown.length, 0);
  stub.answers.push((items: { label: string }[]) => items[1]);
  assert.equal(await pickKernel(running([kernel('dev'), kernel('test')])), 'test');
  assert.deepEqual((stub.shown[0]!.items as { detail: string }[])[0]!.detail, '2 sessions, 0 running, 5 MB, process 1');
  assert.equal(await pickKernel(running([kernel('dev'), kernel('test')])), undefined, 'none is picked');
  assert.equal((await kernels(running([kernel('dev')]))).length, 1);
});

test('where no kernel runs, one can be started', async () => {
  const starting = stub.commands.registerCommand('llmspell.kernel.start', async () => 'mine');
  stub.answers.push('Start a Kernel');
  assert.equal(await pickKernel(running([])), 'mine');
  starting.dispose();
  assert.equal(await pickKernel(running([])), undefined, 'the message is closed');
  assert.equal(stub.executed.length, 0);
});

test('kernels that cannot be listed are told', async () => {
  assert.equal(await pickKernel(running(new Error('no rights'))), undefined);
  assert.match(stub.shown[0]!.text, /no rights/);
});
