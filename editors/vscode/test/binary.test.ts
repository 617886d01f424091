import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { BadSetting, isGoTool, locate, type Places } from '../src/binary';
import { Services } from '../src/services';
import { URI } from './uri';
import * as stub from './vscode';

const root = mkdtempSync(path.join(tmpdir(), 'binary-'));
after(() => rmSync(root, { recursive: true, force: true }));

let number = 0;
let base = '';
beforeEach(() => {
  base = path.join(root, String(number++));
  mkdirSync(base);
});

function program(name: string, text = '#!/bin/sh\necho llmspell devel\n', mode = 0o755): string {
  const file = path.join(base, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function places(more: Partial<Places> = {}): Places {
  return { setting: '', folders: [path.join(base, 'w')], path: path.join(base, 'path'), extension: path.join(base, 'ext'), home: path.join(base, 'home'), ...more };
}

test('nothing anywhere', async () => {
  assert.equal(await locate(places()), undefined);
});

test('the setting, the workspace, PATH, the extension: in this order', async () => {
  program('ext/bin/llmspell');
  assert.equal((await locate(places()))?.origin, 'extension');
  program('path/llmspell');
  assert.equal((await locate(places()))?.origin, 'PATH');
  const own = program('w/bin/llmspell');
  assert.deepEqual(await locate(places()), { command: own, args: [], origin: 'workspace' });
  const set = program('mine');
  assert.deepEqual(await locate(places({ setting: set })), { command: set, args: [], origin: 'setting' });
});

test('last where go install puts it: GOBIN, what go env says, GOPATH, ~/go', async () => {
  const home = program('home/go/bin/llmspell');
  assert.deepEqual(await locate(places()), { command: home, args: [], origin: 'go install' });
  const second = program('gopath2/bin/llmspell');
  const gopath = [path.join(base, 'gopath1'), path.join(base, 'gopath2')].join(path.delimiter);
  assert.equal((await locate(places({ gopath })))?.command, second);
  program('path/go', '#!/bin/sh\nexit 1\n');
  assert.equal((await locate(places({ gopath })))?.command, second);
  const said = program('said/bin/llmspell');
  program('path/go', `#!/bin/sh\n[ "$*" = "env -json GOBIN GOPATH" ] && echo '{"GOBIN":"","GOPATH":"${base}/said"}'\n`);
  assert.equal((await locate(places({ gopath })))?.command, said);
  const gobin = program('gobin/llmspell');
  assert.equal((await locate(places({ gopath, gobin: path.join(base, 'gobin') })))?.command, gobin);
  const bundled = program('ext/bin/llmspell');
  assert.equal((await locate(places({ gopath, gobin: path.join(base, 'gobin') })))?.command, bundled);
});

test('a setting may be relative to a folder, or a name on PATH', async () => {
  const own = program('w/tools/spell');
  assert.equal((await locate(places({ setting: 'tools/spell' })))?.command, own);
  const other = program('path/spell2');
  assert.equal((await locate(places({ setting: 'spell2' })))?.command, other);
});

test('a setting that names no program is an error, even if another one would be found', async () => {
  program('path/llmspell');
  mkdirSync(path.join(base, 'folder'));
  program('text', '', 0o644);
  for (const setting of ['/nowhere/llmspell', 'none/llmspell', 'none', path.join(base, 'folder'), path.join(base, 'text')]) {
    await assert.rejects(locate(places({ setting })), BadSetting, setting);
  }
});

test('folders and files that cannot be executed are no programs', async () => {
  mkdirSync(path.join(base, 'path/llmspell'), { recursive: true });
  program('w/bin/llmspell', '', 0o644);
  assert.equal(await locate(places()), undefined);
});

test('a tool of go.mod is built by go, and started without it', async () => {
  const built = program('cache/llmspell');
  program('path/go', `#!/bin/sh\n[ "$*" = "tool -n llmspell" ] && echo ${built}\n`);
  program('w/go.mod', 'module x\n\ntool github.com/llmspell/llmspell\n');
  assert.deepEqual(await locate(places()), { command: built, args: [], origin: 'go tool' });
});

test('if go cannot tell where it is, go starts it', async () => {
  const go = program('path/go', '#!/bin/sh\nexit 1\n');
  program('w/go.mod', 'module x\n\ntool (\n\tgithub.com/other/tool\n\tgithub.com/llmspell/llmspell // why\n)\n');
  assert.deepEqual(await locate(places()), { command: go, args: ['tool', 'llmspell'], cwd: path.join(base, 'w'), origin: 'go tool' });
});

test('a module that is required only is no tool', async () => {
  program('w/go.mod', 'module x\n\nrequire github.com/llmspell/llmspell v1.0.0\n');
  assert.equal(await isGoTool(path.join(base, 'w')), false);
});

test('on Windows a program has an extension', async () => {
  const file = program('path/llmspell.exe');
  program('path2/llmspell');
  assert.equal((await locate(places({ extensions: '.COM;.EXE' })))?.command, file);
  assert.equal(await locate(places({ extensions: '.COM;.EXE', path: path.join(base, 'path2') })), undefined);
});

function services(): Services {
  stub.reset();
  return new Services({ extensionPath: path.join(base, 'ext'), subscriptions: [] } as never);
}

test('without a program the user is told once, with buttons', async () => {
  const all = services();
  stub.settings['llmspell.path'] = '/nowhere/llmspell';
  stub.answers.push('How to Install');
  assert.equal(await all.program(), undefined);
  await new Promise(setImmediate);
  assert.match(stub.shown[0]!.text, /"\/nowhere\/llmspell"/);
  assert.deepEqual(stub.shown[0]!.items, ['Choose…', 'How to Install', 'Show Log']);
  assert.equal(stub.executed.at(-1)?.command, 'llmspell.installHelp');
  all.dispose();
});

test('a program that comes later is found', async () => {
  const all = services();
  stub.settings['llmspell.path'] = path.join(base, 'later');
  await assert.rejects(all.find(), BadSetting);
  const file = program('later');
  assert.equal((await all.find())?.command, file);
  all.dispose();
});

test('variables of settings are replaced', async () => {
  const file = program('w/x/llmspell');
  const all = services();
  stub.workspace.workspaceFolders = [{ uri: URI.file(path.join(base, 'w')), name: 'w', index: 0 }];
  stub.settings['llmspell.path'] = '${workspaceFolder}/x/llmspell';
  assert.equal((await all.find())?.command, file);
  all.dispose();
});

test('what llmspell prints is read as JSON, its complaint is the error', async () => {
  const all = services();
  stub.settings['llmspell.path'] = program('spell', '#!/bin/sh\nif [ "$1" = --version ]; then echo llmspell devel; exit; fi\nif [ "$3" = bad ]; then echo "llmspell: it is bad" >&2; exit 2; fi\necho "[\\"$1\\", \\"$2\\", \\"$SPELL\\"]"\n');
  stub.settings['llmspell.globalArgs'] = ['--trace=debug'];
  stub.settings['llmspell.env'] = { SPELL: 'é' };
  assert.deepEqual(await all.json(['kernel', 'status']), ['--trace=debug', 'kernel', 'é']);
  await assert.rejects(all.json(['x', 'bad']), /llmspell x bad: llmspell: it is bad/);
  all.dispose();
});

test('a program that cannot be started is an error', async () => {
  const all = services();
  stub.settings['llmspell.path'] = program('spell', '#!/nowhere/sh\n');
  await assert.rejects(all.run(['x']), /ENOENT/);
  all.dispose();
});
