import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { problem, splitKernel } from '../../src/debug/checks';
import { ConfigurationProvider } from '../../src/debug/configurations';
import { permissionFlags, withDefaults } from '../../src/debug/defaults';
import { TEMPORARY, TemporaryFiles } from '../../src/debug/untitled';
import { Services } from '../../src/services';
import { URI } from '../uri';
import * as stub from '../vscode';

const root = mkdtempSync(path.join(tmpdir(), 'configurations-'));
const script = path.join(root, 'a b.lua');
writeFileSync(script, 'print(1)\n');
after(() => rmSync(root, { recursive: true, force: true }));

const packageJSON: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = { uri: URI.file(root), name: 'w', index: 0 };
type Config = { type: string; request: string; name: string } & Record<string, unknown>;
const launch = (more: object = {}): Config => ({ type: 'llmspell', request: 'launch', name: 'x', program: script, ...more });
const attach = (more: object = {}): Config => ({ type: 'llmspell', request: 'attach', name: 'x', ...more });

let services: Services;
let temporary: TemporaryFiles;
let provider: ConfigurationProvider;
beforeEach(() => {
  stub.reset();
  stub.workspace.workspaceFolders = [folder];
  services = new Services({ extensionPath: '/nowhere', subscriptions: [], extension: { packageJSON } } as never);
  temporary = new TemporaryFiles();
  provider = new ConfigurationProvider(services, temporary);
});

function open(uri: URI, languageId = 'lua', text = 'print(2)\n') {
  const document = { uri, languageId, isUntitled: uri.scheme === 'untitled', fileName: uri.scheme === 'file' ? uri.fsPath : uri.path, getText: () => text };
  stub.workspace.textDocuments.push(document);
  stub.window.activeTextEditor = { document };
  return document;
}

const resolve = (config: object) => provider.resolveDebugConfiguration(folder as never, config as never);
const resolved = (config: object) => provider.resolveDebugConfigurationWithSubstitutedVariables(folder as never, config as never);

test('F5 without launch.json debugs the Lua file of the editor', async () => {
  open(URI.file(script));
  assert.deepEqual(resolve({}), { type: 'llmspell', request: 'launch', name: 'a b.lua', program: script });
  assert.equal((await resolved(resolve({})!))?.['cwd'], root);
  assert.equal(resolve({ noDebug: true })?.['noDebug'], true, 'run without debugging');
});

test('F5 without a Lua file says what to do', () => {
  assert.equal(resolve({}), undefined);
  open(URI.file('/x/a.py'), 'python');
  assert.equal(resolve({}), undefined);
  assert.equal(stub.shown.length, 2);
  assert.match(stub.shown[0]!.text, /Open the Lua file/);
});

test('F5 in a text without a file debugs the text, by its name in the editor', async () => {
  open(URI.parse('untitled:Untitled-1'), 'lua', 'local x = 1\n');
  const config = await resolved(resolve({})!);
  const file = config!['program'] as string;
  assert.equal(readFileSync(file, 'utf8'), 'local x = 1\n');
  assert.equal(statSync(file).mode & 0o077, 0, 'it is for nobody else');
  assert.deepEqual(config!['pathMappings'], [{ localRoot: 'untitled:Untitled-1', remoteRoot: file }]);
  assert.equal(config!['cwd'], root);
  const session = { name: 'x', configuration: config as Record<string, unknown> };
  stub.debug.onDidTerminateDebugSession.fire(session);
  while (existsSync(config![TEMPORARY] as string)) {
    await new Promise((done) => setTimeout(done, 5));
  }
});

test('temporary files of sessions that never began go with the window', async () => {
  open(URI.parse('untitled:Untitled-1'));
  const config = await resolved(resolve({})!);
  temporary.dispose();
  assert.ok(!existsSync(config![TEMPORARY] as string));
});

test('odd names of texts make files all the same', async () => {
  open(URI.parse('untitled:/../../a%3Fb c.lua'));
  const config = await resolved(resolve({})!);
  assert.equal(path.dirname(config!['program'] as string), config![TEMPORARY]);
  temporary.dispose();
});

test('a launch without a program takes the open file', () => {
  open(URI.file(script));
  assert.equal(resolve({ type: 'llmspell', request: 'launch', name: 'x' })?.['program'], script);
});

test('settings fill in what is open, and nothing else', () => {
  Object.assign(stub.settings, {
    'llmspell.debug.stopOnEntry': true, 'llmspell.debug.console': 'integratedTerminal', 'llmspell.debug.skipFiles': ['lib/**'],
    'llmspell.debug.timeout': 5, 'llmspell.debug.subProcess': false, 'llmspell.run.sandbox': 'safe',
    'llmspell.run.allow': { net: ['example.org'], read: true, write: [], run: false }, 'llmspell.run.deny': { env: ['HOME'] },
  });
  assert.deepEqual(withDefaults(launch()), {
    ...launch(), stopOnEntry: true, console: 'integratedTerminal', skipFiles: ['lib/**'], timeout: 5, subProcess: false,
    sandbox: 'safe', allowNet: ['example.org'], allowRead: true, denyEnv: ['HOME'],
  });
  const own = launch({ stopOnEntry: false, console: 'internalConsole', skipFiles: [], timeout: 0, subProcess: true, allowAll: false });
  assert.deepEqual(withDefaults(own), own);
  assert.deepEqual(withDefaults(attach({ port: 1 })), attach({ port: 1, skipFiles: ['lib/**'] }));
  assert.equal(withDefaults(launch({ function: 'test_a' }))['console'], undefined, 'a function is not called in a terminal');
});

test('without settings nothing is filled in', () => {
  assert.deepEqual(withDefaults(launch()), launch());
});

test('permissions as flags', () => {
  assert.deepEqual(permissionFlags({ sandbox: 'safe', allowAll: true, allowNet: ['a', 'b:1'], allowRead: true, denyDb: 'x', allowRun: false }), [
    '--sandbox=safe', '--allow-all', '--allow-read', '--allow-net=a', '--allow-net=b:1', '--deny-db=x',
  ]);
});

test('what is wrong is said', async () => {
  for (const [config, text] of [
    [launch({ request: 'run' }), /"request"/],
    [launch({ program: undefined }), /"program" is missing/],
    [launch({ program: path.join(root, 'none.lua') }), /does not exist/],
    [launch({ program: root }), /is a folder/],
    [launch({ program: '${file}' }), /could not be replaced/],
    [launch({ cwd: '/nowhere' }), /"cwd" is no folder/],
    [launch({ port: 0 }), /"port"/],
    [launch({ port: 'x' }), /"port"/],
    [launch({ port: 1, socket: '/x' }), /exclude each other/],
    [attach(), /Nothing to attach to/],
    [attach({ kernel: 'a', connect: 'b' }), /exclude each other/],
    [attach({ session: 'a' }), /needs "kernel"/],
  ] as const) {
    assert.match((await problem(config)) ?? '', text);
  }
});

test('what is right is let through', async () => {
  for (const config of [
    launch(), launch({ program: 'a b.lua', cwd: root }), launch({ program: '/app/a.lua', port: 4711 }),
    launch({ program: '/app/a.lua', pathMappings: [] }), attach({ port: 1 }), attach({ kernel: 'dev' }), attach({ connect: { port: 1 } }),
  ]) {
    assert.equal(await problem(config), undefined, JSON.stringify(config));
  }
});

test('a wrong configuration is told in a dialog, which leads to launch.json', async () => {
  stub.answers.push('Open launch.json');
  assert.equal(await resolved(launch({ program: '/nowhere/x.lua' })), undefined);
  assert.match(stub.shown[0]!.text, /^x: "program" does not exist: \/nowhere\/x\.lua/);
  assert.equal(stub.executed[0]?.command, 'workbench.action.debug.configure');
});

test('wrong types end a start, misspelt names are a warning', async () => {
  assert.equal(await resolved(launch({ args: '-x' })), undefined);
  assert.equal(stub.shown[0]!.text, 'x: "args" must be a list of strings, and is a string: "-x".');
  assert.ok(await resolved(launch({ arg: ['-x'] })));
  assert.deepEqual(stub.shown.slice(1).map((one) => [one.kind, one.text]), [['warning', 'x: there is no attribute "arg": did you mean "args"?']]);
});

test('kernels and sessions', async () => {
  assert.deepEqual(splitKernel('dev'), { kernel: 'dev' });
  assert.deepEqual(splitKernel('dev/main'), { kernel: 'dev', session: 'main' });
  assert.deepEqual(splitKernel('/run/k.sock'), { kernel: '/run/k.sock' });
  assert.deepEqual(splitKernel('unix:/run/k.sock'), { kernel: 'unix:/run/k.sock' });
  assert.deepEqual(splitKernel('/run/k.sock//main'), { kernel: '/run/k.sock', session: 'main' });
  assert.deepEqual(splitKernel('127.0.0.1:1/a/b'), { kernel: '127.0.0.1:1', session: 'a/b' });
  const config = await resolved(attach({ kernel: 'dev/main' }));
  assert.deepEqual(config, attach({ kernel: 'dev', session: 'main' }));
  assert.equal((await resolved(attach({ kernel: 'dev/main', session: 's' })))?.['kernel'], 'dev/main');
});

test('the language server debugs where that is set, or a process if it cannot', async () => {
  stub.settings['llmspell.debug.adapter'] = 'languageServer';
  services.language = { command: async () => ({ address: '127.0.0.1:99', token: 'secret' }) } as never;
  assert.deepEqual(await resolved(launch()), launch({ cwd: root, host: '127.0.0.1', port: 99, token: 'secret' }));
  assert.equal((await resolved(launch({ adapter: 'process' })))?.['port'], undefined);
  services.language = { command: async () => Promise.reject(new Error('it does not run')) } as never;
  assert.equal((await resolved(launch()))?.['port'], undefined);
});
