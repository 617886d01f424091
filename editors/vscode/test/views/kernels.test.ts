import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { onChangeOf } from '../../src/views';
import { PrintedDocuments } from '../../src/views/documents';
import { KernelActions } from '../../src/views/kernelActions';
import { duration, KernelModel, megabytes, runFolder } from '../../src/views/kernelModel';
import { KernelTree, type KernelNode } from '../../src/views/kernelTree';
import { menuItems, showMenu, StatusBar, statusOf } from '../../src/views/statusBar';
import { URI } from '../uri';
import * as stub from '../vscode';
import { kernel, live, Llmspell, saved } from './support';

beforeEach(() => stub.reset());

function world(kernels: unknown[] = [], sessions: unknown[] = []) {
  const llmspell = new Llmspell();
  llmspell.answers['kernel status'] = () => ({ stdout: JSON.stringify(kernels) });
  llmspell.answers['session list'] = () => ({ stdout: JSON.stringify(sessions) });
  const model = new KernelModel(llmspell.json, () => 0, () => '/nowhere');
  const documents = new PrintedDocuments(llmspell.run);
  return { llmspell, model, documents, actions: new KernelActions(llmspell.services as never, model, documents), kernels, sessions };
}

test('the model looks once for calls that come together, and once more for those that come meanwhile', async () => {
  const { llmspell, model } = world([kernel('dev')]);
  await Promise.all([model.refresh(), model.refresh(), model.refresh()]);
  assert.equal(llmspell.calls.filter((call) => call.args[0] === 'kernel').length, 2);
  assert.deepEqual(llmspell.calls[0]?.args, ['kernel', 'status', '--sessions', '--format', 'json']);
});

test('the model tells of what is new, and not of time that passes', async () => {
  const { model, kernels, llmspell } = world([kernel('dev')]);
  let changes = 0;
  model.onDidChange(() => changes++);
  await model.refresh();
  kernels[0] = kernel('dev', { uptime_seconds: 99, cpu_seconds: 7 });
  await model.refresh();
  assert.equal(changes, 1);
  kernels[0] = kernel('dev', { running: 1 });
  await model.refresh();
  assert.equal(changes, 2);
  llmspell.answers['kernel status'] = { code: 1, stderr: 'it is broken' };
  await model.refresh();
  assert.equal(model.failure, 'it is broken');
  assert.equal(model.kernels.length, 1, 'what was known stays');
  assert.equal(changes, 3);
  model.dispose();
});

test('while it is observed, the model sees a kernel come by the run folder', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'llmspell-views-'));
  const llmspell = new Llmspell();
  let found: unknown[] = [];
  llmspell.answers['kernel status'] = () => ({ stdout: JSON.stringify(found) });
  llmspell.answers['session list'] = { stdout: '[]' };
  const model = new KernelModel(llmspell.json, () => 0, () => folder);
  const observing = model.observe();
  await model.refresh();
  const alive = setTimeout(() => undefined, 60_000); // the watcher does not keep the process
  const changed = new Promise<void>((resolve) => model.onDidChange(resolve));
  found = [kernel('dev')];
  mkdirSync(path.join(folder, 'dev'));
  writeFileSync(path.join(folder, 'dev', 'kernel.json'), '{}');
  await changed;
  clearTimeout(alive);
  assert.equal(model.find('dev')?.id, 'dev');
  observing.dispose();
  observing.dispose();
  model.dispose();
  rmSync(folder, { recursive: true });
});

test('the run folder is that of docs/kernel-daemon.md', () => {
  assert.equal(runFolder({ XDG_RUNTIME_DIR: '/run/user/7' }), path.join('/run/user/7', 'llmspell'));
  assert.match(runFolder({}), /llmspell(-\d+)?$/);
});

test('the tree has kernels, their sessions, and the sessions on disk', async () => {
  const { model } = world([kernel('dev', { running: 1, session_list: [live('s1', { name: 'main', busy: true, record: 'r1' }), live('s2')] }), kernel('slow', { status: 'unresponsive' })], [saved('nightly')]);
  const tree = new KernelTree(model, () => 'dev');
  await model.refresh();
  const roots = tree.getChildren();
  assert.deepEqual(roots.map((node) => node.kind), ['kernel', 'kernel', 'savedSessions']);
  const item = tree.getTreeItem(roots[0]!);
  assert.equal(item.label, 'dev');
  assert.equal(item.description, 'in use · 1 running · 34 MB');
  assert.equal(item.contextValue, 'kernel.running.chosen');
  assert.equal(tree.getTreeItem(roots[1]!).contextValue, 'kernel.unresponsive');
  const sessions = tree.getChildren(roots[0]).map((node) => tree.getTreeItem(node));
  assert.deepEqual(sessions.map((one) => [one.label, one.description, one.contextValue]), [['main', 'running', 'live.saved'], ['s2', 'idle', 'live']]);
  const group = tree.getChildren(roots[2]);
  assert.equal(tree.getTreeItem(group[0]!).label, 'nightly');
  assert.equal(tree.getTreeItem(group[0]!).contextValue, 'saved.active');
  assert.equal(tree.getTreeItem(roots[2]!).description, '1');
  assert.deepEqual(tree.getChildren(group[0]), []);
  tree.dispose();
});

test('the tree shows why nothing is known, and is empty where there is nothing', async () => {
  const { llmspell, model } = world();
  const tree = new KernelTree(model, () => '');
  await model.refresh();
  assert.deepEqual(tree.getChildren(), [], 'then the welcome shows');
  llmspell.answers['kernel status'] = { code: 1, stderr: 'llmspell was not found\nset llmspell.path' };
  await model.refresh();
  const item = tree.getTreeItem(tree.getChildren()[0]!);
  assert.equal(item.label, 'llmspell was not found');
  assert.equal(item.tooltip, 'llmspell was not found\nset llmspell.path');
});

test('a kernel is started, with the flags of the settings', async () => {
  const { llmspell, actions } = world([kernel('dev')]);
  stub.settings['llmspell.kernels.startArgs'] = ['--idle-timeout=0'];
  stub.answers.push('two', 'Use It');
  assert.equal(await actions.start(), 'two');
  await new Promise(setImmediate); // the message stays as long as the user wants
  assert.deepEqual(llmspell.changes(), ['kernel start --daemon --id two --idle-timeout=0']);
  assert.equal(stub.settings['llmspell.kernel'], 'two');
  stub.answers.push(undefined);
  assert.equal(await actions.start(), undefined);
  assert.equal(llmspell.changes().length, 1, 'who enters no name starts none');
});

test('an idle kernel is stopped at once, a busy one after a question', async () => {
  const busy = kernel('busy', { running: 2 });
  const { llmspell, actions } = world([kernel('dev'), busy]);
  await actions.stop({ kind: 'kernel', kernel: kernel('dev') });
  assert.deepEqual(llmspell.changes(), ['kernel stop dev']);
  stub.answers.push(undefined);
  await actions.stop({ kind: 'kernel', kernel: busy });
  assert.equal(llmspell.changes().length, 1);
  stub.answers.push('Stop Now');
  await actions.stop({ kind: 'kernel', kernel: busy });
  stub.answers.push('Stop When They Have Ended');
  await actions.stop({ kind: 'kernel', kernel: busy });
  assert.deepEqual(llmspell.changes().slice(1), ['kernel stop busy --force', 'kernel stop busy']);
});

test('what llmspell complains of is shown', async () => {
  const { llmspell, actions } = world([kernel('dev')]);
  llmspell.answers['kernel stop'] = { code: 1, stderr: 'llmspell: it does not end\n' };
  await actions.stop({ kind: 'kernel', kernel: kernel('dev') });
  assert.deepEqual(llmspell.logged, ['llmspell: it does not end']);
});

test('the debugger attaches to a session, to the only one, or to one that is picked', async () => {
  const dev = kernel('dev', { session_list: [live('s1', { name: 'main' })] });
  const { actions, kernels } = world([dev]);
  await actions.attach({ kind: 'live', kernel: dev, session: live('s9') });
  await actions.attach({ kind: 'kernel', kernel: dev });
  kernels.push(kernel('two', { session_list: [live('s2')] }));
  stub.answers.push((items: { label: string }[]) => items.find((item) => item.label === 'two/s2'));
  await actions.attach();
  assert.deepEqual(stub.started.map((one) => one.what), [
    { type: 'llmspell', request: 'attach', name: 'dev/s9', kernel: 'dev', session: 's9' },
    { type: 'llmspell', request: 'attach', name: 'dev/main', kernel: 'dev', session: 's1' },
    { type: 'llmspell', request: 'attach', name: 'two/s2', kernel: 'two', session: 's2' },
  ]);
  await actions.attach({ kind: 'kernel', kernel: kernel('gone') });
  assert.equal(stub.started.length, 3);
  assert.match(stub.shown.at(-1)!.text, /No session lives/);
});

test('the log of a kernel is opened, if it has one', async () => {
  const { actions } = world();
  await actions.log({ kind: 'kernel', kernel: kernel('dev') });
  assert.equal(stub.shown.at(-1)?.text, 'file:///state/kernel-dev.log');
  await actions.log({ kind: 'kernel', kernel: kernel('dev', { log_file: undefined }) });
  assert.match(stub.shown.at(-1)!.text, /not started in the background/);
});

test('sessions are made, exported, imported and, after a question, deleted', async () => {
  const { llmspell, actions } = world();
  const node: KernelNode = { kind: 'saved', session: saved('night ly') };
  stub.answers.push('nightly ');
  await actions.newSession();
  stub.answers.push(URI.file('/tmp/x.llmspell-session'));
  await actions.exportSession(node);
  stub.answers.push([URI.file('/tmp/y')]);
  await actions.importSession();
  stub.answers.length = 0;
  await actions.deleteSession(node);
  stub.answers.push('Delete');
  await actions.deleteSession(node);
  assert.deepEqual(llmspell.changes(), ['session create nightly', 'session export id-of-night ly /tmp/x.llmspell-session --force', 'session import /tmp/y', 'session delete id-of-night ly']);
});

test('details are documents with what llmspell prints, and with nothing that changes anything', async () => {
  const { llmspell, documents, actions } = world();
  llmspell.answers['session show'] = { stdout: 'Id: id-of-a\n' };
  await actions.details({ kind: 'saved', session: saved('a/b') });
  const uri = PrintedDocuments.uri('session a/b.txt', ['session', 'show', 'id-of-a/b']);
  assert.equal(uri.path, '/session a_b.txt');
  assert.equal(await documents.provideTextDocumentContent(uri), 'Id: id-of-a\n');
  await actions.details({ kind: 'live', kernel: kernel('dev'), session: live('s1', { record: 'r1' }) });
  await actions.details({ kind: 'kernel', kernel: kernel('dev') });
  assert.equal(stub.shown.filter((one) => one.kind === 'document').length, 3);
  const before = llmspell.calls.length;
  for (const args of [['session', 'delete', 'x'], ['kernel', 'stop'], ['exec', 'x'], ['tool', 'info', 'x', '--mcp-config=/evil.json'], [1], 'x', {}]) {
    const text = await documents.provideTextDocumentContent(PrintedDocuments.uri('x', args as string[]));
    assert.match(text, /is no document/);
  }
  assert.equal(llmspell.calls.length, before);
  llmspell.answers['kernel status'] = { code: 5, stderr: 'no such kernel runs' };
  assert.equal(await documents.provideTextDocumentContent(PrintedDocuments.uri('x', ['kernel', 'status', 'x'])), 'no such kernel runs');
});

test('the status bar says which kernel is in use, and how it is', async () => {
  const dev = kernel('dev', { running: 2 });
  assert.equal(statusOf([], '').text, '$(server-process) llmspell');
  assert.equal(statusOf([dev], '').text, '$(server-process) dev 34 MB $(sync~spin) 2');
  assert.equal(statusOf([dev, kernel('two')], '').text, '$(server-process) 2 kernels');
  assert.equal(statusOf([dev, kernel('two')], 'two').text, '$(server-process) two 34 MB');
  assert.deepEqual([statusOf([dev], 'gone').warning, statusOf([dev], '127.0.0.1:99').warning], [true, false]);
  assert.equal(statusOf([kernel('dev', { status: 'unresponsive' })], 'dev').warning, true);
  const { model } = world([dev]);
  const bar = new StatusBar(model, () => '');
  await model.refresh();
  bar.dispose();
});

test('the menu of the status bar offers what can be done', async () => {
  const none = menuItems([], '').map((item) => item.command);
  assert.ok(none.includes('llmspell.kernel.start') && !none.includes('llmspell.kernel.stop') && !none.includes('llmspell.kernel.release'));
  const all = menuItems([kernel('dev')], 'dev').map((item) => item.command);
  assert.ok(all.includes('llmspell.kernel.stop') && all.includes('llmspell.kernel.release'));
  const { model } = world([kernel('dev')]);
  stub.answers.push((items: { command: string }[]) => items.find((item) => item.command === 'llmspell.kernel.attach'));
  await showMenu(model, '');
  assert.deepEqual(stub.executed, [{ command: 'llmspell.kernel.attach', args: [] }]);
});

test('the status bar claims that no kernel runs only when it has looked', async () => {
  assert.notEqual(statusOf([], '', false).tooltip, 'No llmspell kernel runs');
  assert.equal(statusOf([], '').tooltip, 'No llmspell kernel runs');
  assert.deepEqual([statusOf([], 'dev', false).warning, statusOf([], 'dev').warning], [false, true]);
  const { model } = world();
  assert.equal(model.sure, false);
  await model.refresh();
  assert.equal(model.sure, false, 'nobody sees what changes after the look');
  model.dispose();
});

test('a glance looks only where a kernel was started, and sees one come', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'llmspell-views-'));
  const llmspell = new Llmspell();
  let found: unknown[] = [];
  llmspell.answers['kernel status'] = () => ({ stdout: JSON.stringify(found) });
  llmspell.answers['session list'] = { stdout: '[]' };
  const model = new KernelModel(llmspell.json, () => 0, () => folder);
  await model.glance();
  assert.equal(llmspell.calls.length, 0);
  assert.equal(model.sure, false);
  const alive = setTimeout(() => undefined, 60_000); // the watcher does not keep the process
  const changed = new Promise<void>((resolve) => model.onDidChange(resolve));
  found = [kernel('dev')];
  mkdirSync(path.join(folder, 'dev'));
  await changed;
  clearTimeout(alive);
  assert.equal(model.find('dev')?.id, 'dev');
  assert.equal(model.sure, true);
  llmspell.answers['kernel status'] = { code: 1, stderr: 'it is broken' };
  await model.glance();
  assert.equal(model.sure, false);
  model.dispose();
  rmSync(folder, { recursive: true });
});

test('the tools are listed anew when the kernel in use is another process, and not when it works', async () => {
  const { model, kernels } = world([kernel('dev')]);
  let reloads = 0;
  const following = onChangeOf(() => model.identity('dev'), model.onDidChange, () => reloads++);
  await model.refresh();
  assert.equal(reloads, 1, 'it has come');
  kernels[0] = kernel('dev', { memory_bytes: 99_000_000, running: 1 });
  await model.refresh();
  assert.equal(reloads, 1);
  kernels[0] = kernel('dev', { pid: 43 });
  await model.refresh();
  assert.equal(reloads, 2);
  kernels.length = 0;
  await model.refresh();
  assert.equal(reloads, 3);
  following.dispose();
});

test('numbers for people', () => {
  assert.deepEqual([megabytes(0), megabytes(300_000), megabytes(34_499_999)], ['', '1 MB', '34 MB']);
  assert.deepEqual([5, 65, 3700, 90_000].map(duration), ['5 s', '1 min', '1 h 1 min', '1 d 1 h']);
});
