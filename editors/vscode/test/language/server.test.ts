import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { describe } from '../../src/language';
import { LanguageServer, OWN_COMMANDS, serverSettings } from '../../src/language/server';
import { Logs } from '../../src/logs';
import { behaviour, clients, CloseAction } from '../languageclient';
import * as stub from '../vscode';

const program = { command: '/bin/llmspell', args: [], origin: 'PATH' };
let given: object | undefined;
beforeEach(() => {
  stub.reset();
  clients.length = 0;
  Object.assign(behaviour, { fails: undefined, answer: undefined });
  given = program;
});

function server(): LanguageServer {
  return new LanguageServer({ program: async () => given, environment: () => ({ A: '1' }), logs: new Logs() } as never);
}

test('it starts llmspell lsp, once, with the settings', async () => {
  Object.assign(stub.settings, { 'llmspell.kernel': 'dev', 'llmspell.globalArgs': ['--trace=debug'], 'llmspell.languageServer.args': ['--profile=cpu:x'] });
  const one = server();
  const states: string[] = [];
  one.onDidChangeState((state) => states.push(state));
  await Promise.all([one.start(), one.start()]);
  assert.equal(clients.length, 1);
  assert.deepEqual(clients[0]!.server.args, ['--trace=debug', 'lsp', '--connect', 'dev', '--profile=cpu:x']);
  assert.equal(clients[0]!.server.options.env['A'], '1');
  assert.deepEqual(states, ['starting', 'running']);
  await one.stop();
  assert.equal(one.state, 'stopped');
  assert.ok(clients[0]!.disposed);
});

test('commands that the extension has are announced', async () => {
  const one = server();
  await one.start();
  const capabilities = { experimental: { other: 1 } };
  clients[0]!.features.forEach((feature) => feature.fillClientCapabilities(capabilities));
  assert.deepEqual(capabilities, { experimental: { other: 1, commands: { commands: [...OWN_COMMANDS] } } });
});

test('a restart makes a new client, also while one starts', async () => {
  const one = server();
  await Promise.all([one.start(), one.restart()]);
  assert.deepEqual(clients.map((client) => client.disposed), [true, false]);
  assert.equal(one.state, 'running');
});

test('it is off where the setting says so, or there is no program', async () => {
  stub.settings['llmspell.languageServer.enable'] = false;
  const one = server();
  await one.start();
  assert.equal(clients.length, 0);
  stub.settings['llmspell.languageServer.enable'] = true;
  given = undefined;
  await one.restart();
  assert.equal(one.state, 'failed');
  await assert.rejects(one.command('llmspell.status'), /does not run/);
});

test('a start that fails is told, and can be tried again', async () => {
  behaviour.fails = new Error('no such file');
  const one = server();
  await one.start();
  assert.equal(one.state, 'failed');
  assert.match(stub.shown[0]!.text, /cannot be started: no such file/);
  behaviour.fails = undefined;
  await one.start();
  assert.equal(one.state, 'running');
});

test('a server that ends again and again is left alone, and that is told', async () => {
  const one = server();
  await one.start();
  const actions: number[] = [];
  for (let i = 0; i < 5; i++) {
    actions.push((await clients[0]!.options.errorHandler.closed()).action);
  }
  assert.deepEqual(actions, [...Array<number>(4).fill(CloseAction.Restart), CloseAction.DoNotRestart]);
  assert.equal(one.state, 'failed');
  assert.match(stub.shown[0]!.text, /ended 5 times/);
});

test('commands go to the server', async () => {
  const one = server();
  void one.start();
  behaviour.answer = { files: 3 };
  assert.deepEqual(await one.command('llmspell.exportMeta', { folder: 'file:///x' }), { files: 3 });
  assert.deepEqual(clients[0]!.requests, [{ method: 'workspace/executeCommand', params: { command: 'llmspell.exportMeta', arguments: [{ folder: 'file:///x' }] } }]);
});

test('the server is told its own settings only', () => {
  const all = { path: 'x', env: { TOKEN: 'y' }, diagnostics: { delay: 5 }, hints: { enable: false } };
  const asked = { items: [{ section: 'llmspell' }, { section: 'editor' }] };
  assert.deepEqual(serverSettings(asked, 0, all), { diagnostics: { delay: 5 }, hints: { enable: false } });
  assert.deepEqual(serverSettings(asked, 1, { tabSize: 2 }), { tabSize: 2 });
  assert.equal(serverSettings(asked, 0, null), null);
});

test('the status in words', () => {
  const status = { version: '1', folders: ['/w'], open: 1, files: 2, heapBytes: 3 << 20 };
  assert.equal(describe(status), 'llmspell 1\n2 files known, 1 open\n3.0 MB of memory\nfolder /w');
  assert.match(describe({ ...status, kernel: { asked: 'dev', error: 'it is gone' } }), /does not follow the kernel dev: it is gone/);
  assert.match(describe({ ...status, kernel: { asked: 'dev', connected: 'dev' } }), /follows the kernel dev$/);
});
