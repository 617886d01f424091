import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { activateLanguage } from '../src/language';
import { Services } from '../src/services';
import { clients } from './languageclient';
import { URI } from './uri';
import * as stub from './vscode';

const root = mkdtempSync(path.join(tmpdir(), 'services-'));
after(() => rmSync(root, { recursive: true, force: true }));

let number = 0;
let folder: string;
let services: Services;
let subscriptions: { dispose(): unknown }[];
const PATH = process.env['PATH'];
beforeEach(() => {
  stub.reset();
  clients.length = 0;
  folder = path.join(root, String(++number));
  mkdirSync(folder);
  process.env['PATH'] = folder;
  subscriptions = [];
  services = new Services({ extensionPath: path.join(folder, 'none'), subscriptions } as never);
});
afterEach(() => {
  subscriptions.forEach((one) => one.dispose());
  services.dispose();
  process.env['PATH'] = PATH;
});

function install(text = '#!/bin/sh\necho llmspell devel\n'): string {
  const file = path.join(folder, process.platform === 'win32' ? 'llmspell.exe' : 'llmspell');
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

const keys = () => stub.executed.filter((one) => one.args[0] === 'llmspell.found').map((one) => one.args[1]);

test('what a search finds is told once, and the walkthrough knows it', async () => {
  const found: unknown[] = [];
  services.onDidFindProgram((program) => found.push(program?.command));
  assert.equal(await services.find(), undefined);
  assert.equal(await services.find(), undefined);
  assert.deepEqual(keys(), [false]);
  const file = install();
  await Promise.all([services.find(), services.find()]);
  assert.deepEqual(keys(), [false, true]);
  assert.deepEqual(found, [undefined, file]);
  rmSync(file);
  stub.settings['llmspell.path'] = '/nowhere/llmspell';
  services.forget();
  await assert.rejects(services.find(), /no program of that name/);
  assert.deepEqual(keys(), [false, true, false]);
});

test('a window that gets the focus looks for a program that was missing', async () => {
  await services.find();
  install();
  const told = new Promise((resolve) => services.onDidFindProgram(resolve));
  stub.window.onDidChangeWindowState.fire({ focused: true });
  assert.ok(await told);
});

test('another program of the name is told, and looked for again', { skip: process.platform === 'win32' }, async () => {
  const file = install('#!/bin/sh\necho "unknown flag" >&2; exit 2\n');
  await assert.rejects(services.find(), /is not llmspell: asked for its version it says/);
  assert.equal(await services.program(), undefined);
  await new Promise(setImmediate);
  assert.match(stub.shown[0]!.text, /llmspell \(PATH\) is not llmspell/);
  assert.deepEqual(stub.shown[0]!.items, ['Choose…', 'How to Install', 'Show Log']);
  install();
  assert.equal((await services.find())?.command, file);
});

test('the language server starts when the program is found, by whomever', async () => {
  stub.workspace.textDocuments.push({ uri: URI.file('/w/a.lua'), languageId: 'lua', isUntitled: false, fileName: '/w/a.lua', getText: () => '' });
  activateLanguage({ subscriptions } as never, services);
  await services.language.start(); // behind the one of the open file
  assert.equal(services.language.state, 'failed');
  install();
  const running = new Promise<void>((resolve) => services.language.onDidChangeState((state) => state === 'running' && resolve()));
  await services.find(); // as a debug session does
  await running;
  assert.equal(clients.length, 1);
});

test('where no Lua file was opened, a program that is found starts nothing', async () => {
  activateLanguage({ subscriptions } as never, services);
  install();
  services.forget();
  await services.find();
  await services.language.found();
  assert.equal(clients.length, 0);
});
