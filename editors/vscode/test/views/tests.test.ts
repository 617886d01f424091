import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { toolFlags } from '../../src/views';
import { readLcov, totals } from '../../src/views/lcov';
import { TestDebugger } from '../../src/views/testDebug';
import { debugAttributes } from '../../src/views/testFlags';
import { argumentsOf, LineReader, plan, readLines, type TestLine } from '../../src/views/testLines';
import { TestRunner } from '../../src/views/testRunner';
import { runFlags } from '../../src/views/tests';
import { leaves, selected, TestTree } from '../../src/views/testTree';
import { URI } from '../uri';
import * as stub from '../vscode';
import { Llmspell } from './support';

beforeEach(() => {
  stub.reset();
  Object.assign(stub.workspace, { workspaceFolders: [{ uri: URI.file('/w'), name: 'w', index: 0 }], findFiles: async () => [URI.file('/w/a_test.lua'), URI.file('/w/b_test.lua')] });
});

const listed = [
  { type: 'test', file: '/w/a_test.lua', function: 'test_one', line: 3, end_line: 5 },
  { type: 'test', file: '/w/a_test.lua', function: 'M.test_two', line: 7, end_line: 9 },
  { type: 'test', file: '/w/b_test.lua', line: 1, end_line: 4 },
];

function jsonLines(list: readonly object[]): string {
  return list.map((line) => `${JSON.stringify(line)}\n`).join('');
}

async function world() {
  const llmspell = new Llmspell();
  llmspell.answers['test --list'] = (args) => ({ stdout: jsonLines(listed.filter((line) => args.includes(line.file))) });
  const controller = stub.tests.createTestController('llmspell', 'Lua Tests');
  const tree = new TestTree(controller as never, llmspell.run);
  await tree.findAll();
  const items = [...controller.items].map(([, item]) => item);
  const token = new stub.CancellationTokenSource();
  const runner = new TestRunner(tree, llmspell.run, () => ['--timeout=5s']);
  return { llmspell, controller, tree, items, token, runner, run: stub.testRun() };
}

test('pieces of output become lines', () => {
  const lines: TestLine[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (const piece of ['{"type":"st', 'art","file":"x"}\n{"type":"out', 'put"}\nnoise\n{"a":1}\n[1]\n', '{"type":"summary"}']) {
    reader.push(piece);
  }
  assert.deepEqual(lines.map((line) => line.type), ['start', 'output']);
  assert.deepEqual(readLines('{"type":"summary"}').map((line) => line.type), ['summary']);
});

test('tests are run in few processes, each once', () => {
  assert.deepEqual(plan([{ file: 'a' }, { file: 'b', function: 'x' }, { file: 'a', function: 'y' }, { file: 'b', function: 'z' }, { file: 'b', function: 'x' }]), [
    { files: ['a'], functions: [] }, { files: ['b'], functions: ['x', 'z'] },
  ]);
  assert.deepEqual(plan(Array.from({ length: 250 }, (_, i) => ({ file: `f${i}` }))).map((call) => call.files.length), [100, 100, 50]);
  assert.deepEqual(argumentsOf({ files: ['/w/-odd.lua', '/other/x_test.lua'], functions: ['test_a'] }, '/w', ['--timeout=1s'], '/t/c.info'), [
    'test', '--format', 'json', '--run', 'test_a', '--coverage', 'lcov:/t/c.info', '--timeout=1s', '--', '-odd.lua', '/other/x_test.lua',
  ]);
});

test('the tree has files, and their test functions in order', async () => {
  const { items, tree, llmspell, controller } = await world();
  assert.deepEqual(items.map((item) => item.label), ['a_test.lua', 'b_test.lua']);
  const [first, second] = [...items[0]!.children].map(([, item]) => item);
  assert.deepEqual([first?.label, first?.range?.start.line, first?.range?.end.line, second?.label], ['test_one', 2, 4, 'M.test_two']);
  assert.deepEqual([items[1]!.children.size, items[1]!.range?.start.line], [0, 0], 'a file without functions is a test itself');
  assert.deepEqual(tree.wantedOf(second as never), { file: '/w/a_test.lua', function: 'M.test_two' });
  assert.equal(llmspell.calls.length, 1, 'one process lists all');
  assert.deepEqual(leaves(items as never).map((item) => item.label), ['test_one', 'M.test_two', 'b_test.lua']);
  assert.deepEqual(selected(items as never, [first as never]).map((item) => item.label), ['M.test_two', 'b_test.lua']);
  assert.deepEqual(selected(items as never, [items[0] as never]).map((item) => item.label), ['b_test.lua']);

  llmspell.answers['test --list'] = () => ({ stdout: jsonLines([{ ...listed[1], line: 2, end_line: 4 }, { ...listed[0], function: 'test_new', line: 6, end_line: 7 }]) });
  await tree.update([URI.file('/w/a_test.lua') as never]);
  const [moved, made] = [...items[0]!.children].map(([, item]) => item);
  assert.deepEqual([moved?.range?.start.line, made?.label, items[0]!.children.size], [1, 'test_new', 2]);
  assert.equal(moved, second, 'an item stays: its results belong to it');

  tree.remove(URI.file('/w/a_test.lua') as never);
  Object.assign(stub.workspace, { findFiles: async () => [] });
  await tree.findAll();
  assert.equal(controller.items.size, 0);
});

test('a file that cannot be listed says why, and the others are there', async () => {
  const { llmspell, tree, controller } = await world();
  llmspell.answers['test --list'] = (args) => (args.includes('/w/b_test.lua') ? { code: 2, stderr: 'b_test.lua cannot be read' } : { stdout: jsonLines(listed.slice(0, 1)) });
  await tree.findAll();
  const [a, b] = [...controller.items].map(([, item]) => item);
  assert.deepEqual([a?.children.size, a?.error, b?.error, a?.busy, b?.busy], [1, undefined, 'b_test.lua cannot be read', false, false]);
});

test('what comes of tests is told as it comes', async () => {
  const { llmspell, items, runner, run, token } = await world();
  llmspell.answers['test --format'] = (args, options) => {
    assert.deepEqual([options.cwd, options.timeout, args.slice(3)], ['/w', 0, ['--timeout=5s', '--', 'a_test.lua', 'b_test.lua']]);
    options.output?.(
      jsonLines([
        { ...listed[0], file: 'a_test.lua', type: 'start' },
        { ...listed[0], type: 'output', text: 'hi\n' },
        { ...listed[0], type: 'result', status: 'passed', duration_ms: 1.5 },
        { ...listed[1], type: 'start' },
        { ...listed[1], type: 'result', status: 'failed', message: 'a_test.lua:8: no', error_line: 8, traceback: 'stack traceback:\n\t…' },
        { type: 'start', file: '/w/a_test.lua', function: 'test_new', line: 20, end_line: 21 },
        { type: 'result', file: '/w/a_test.lua', function: 'test_new', line: 20, end_line: 21, status: 'passed' },
        { ...listed[2], type: 'start' },
      ]),
      'stdout',
    );
    return { code: 2, stderr: 'llmspell: broken off' };
  };
  await runner.runTests(run as never, items as never, token.token as never, false);
  assert.deepEqual(run.events, [
    'enqueued test_one', 'enqueued M.test_two', 'enqueued b_test.lua', 'started test_one', 'passed test_one', 'started M.test_two', 'failed M.test_two',
    'started test_new', 'passed test_new', 'started b_test.lua', 'errored b_test.lua',
  ]);
  assert.equal(run.output[0], 'hi\r\n');
  assert.equal(run.messages[0]?.message, 'a_test.lua:8: no\nstack traceback:\n\t…');
  assert.equal(run.messages[0]?.location?.range.start.line, 7);
  assert.equal(run.messages[1]?.message, 'llmspell: broken off');
});

test('a run that is stopped ends its process, and skips what is left', async () => {
  const { llmspell, items, runner, run, token } = await world();
  llmspell.answers['test --format'] = (_args, options) =>
    new Promise((_resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      token.cancel();
    });
  await runner.runTests(run as never, items as never, token.token as never, false);
  assert.deepEqual(run.events.slice(3), ['skipped test_one', 'skipped M.test_two', 'skipped b_test.lua']);
});

test('coverage of several calls is added up, told, and no file is left', async () => {
  const { llmspell, items, runner, run, token } = await world();
  const reports: string[] = [];
  llmspell.answers['test --format'] = (args) => {
    const report = args[args.indexOf('--coverage') + 1]!.replace(/^lcov:/, '');
    reports.push(report);
    const first = reports.length === 1;
    writeFileSync(report, `TN:\nSF:lib.lua\nFN:1,main chunk\nFN:2,M.f\nFNDA:1,main chunk\nFNDA:${first ? 0 : 1},M.f\nDA:1,1\nDA:2,1\nDA:3,${first ? 0 : 1}\nDA:4,0\nend_of_record\n`);
    return {};
  };
  const child = [...items[0]!.children][0]![1];
  await runner.runTests(run as never, [child, items[1]] as never, token.token as never, true);
  assert.equal(reports.length, 2);
  assert.ok(reports.every((report) => !existsSync(report)));
  const [file] = run.coverage;
  assert.deepEqual([file?.uri.fsPath, file?.statementCoverage, file?.declarationCoverage], ['/w/lib.lua', new stub.TestCoverageCount(3, 4), new stub.TestCoverageCount(2, 2)]);
  const details = runner.details(file as never) as unknown as (stub.StatementCoverage | stub.DeclarationCoverage)[];
  assert.deepEqual(details.map((one) => [one instanceof stub.DeclarationCoverage ? one.name : '', one.location.line, one.executed]), [
    ['', 0, 2], ['', 1, 2], ['', 2, 1], ['', 3, 0], ['main chunk', 0, 2], ['M.f', 1, 1],
  ]);
});

test('reports of lcov are read, whatever else they hold', () => {
  const files = readLcov('SF:/abs/x.lua\r\nDA:1,0\r\nDA:2,3,checksum\r\nDA:0,1\nDA:x,1\nDA:5\nBRDA:1,2,3,4\nFN:-1,no\nFNDA:2,f,g\nFN:7,f,g\nend_of_record\nDA:9,9\nSF:rel.lua\nend_of_record', '/abs');
  assert.deepEqual(files.map((file) => [file.file, [...file.lines], file.functions, totals(file)]), [
    ['/abs/x.lua', [[1, 0], [2, 3]], [{ name: 'f,g', line: 7, count: 2 }], { covered: 1, total: 2 }],
    ['/abs/rel.lua', [], [], { covered: 0, total: 0 }],
  ]);
  assert.deepEqual(readLcov('', '/'), []);
});

test('tests are debugged one after the other, and end as their scripts do', async () => {
  const { tree, items, run, token } = await world();
  const inDebugger = new TestDebugger(tree, () => ({ allowNet: ['a.b'] }));
  const codes = [0, 1, undefined];
  Object.assign(stub.debug, {
    startDebugging: async (folder: unknown, configuration: Record<string, unknown>, options: unknown) => {
      stub.started.push({ kind: 'debug', what: configuration, options, folder });
      const session = { name: 'x', configuration };
      const tracker = inDebugger.createDebugAdapterTracker(session as never);
      stub.debug.onDidStartDebugSession.fire(session);
      const code = codes.shift();
      tracker?.onDidSendMessage?.({ type: 'event', event: 'output', body: { category: 'stderr', output: '/w/a_test.lua:8: no\n', line: 8, source: { path: '/w/a_test.lua' } } });
      tracker?.onDidSendMessage?.({ type: 'response' });
      if (code !== undefined) {
        tracker?.onDidSendMessage?.({ type: 'event', event: 'exited', body: { exitCode: code } });
      }
      setImmediate(() => stub.debug.onDidTerminateDebugSession.fire(session));
      return true;
    },
  });
  const again = [...items[0]!.children].map(([, item]) => item); // the editor may name a test with its file, or twice
  await inDebugger.debugTests(run as never, [...items, ...again] as never, token.token as never);
  assert.deepEqual(run.events.slice(3), ['started test_one', 'passed test_one', 'started M.test_two', 'failed M.test_two', 'started b_test.lua', 'skipped b_test.lua']);
  assert.equal(run.messages[0]?.message, 'a_test.lua:8: no');
  assert.equal(run.messages[0]?.location?.range.start.line, 7);
  assert.equal(run.output[0], '/w/a_test.lua:8: no\r\n');
  const { program, function: name, console: where, allowNet } = stub.started[1]!.what as Record<string, unknown>;
  assert.deepEqual([program, name, where, allowNet], ['/w/a_test.lua', 'M.test_two', 'internalConsole', ['a.b']]);
  assert.equal(inDebugger.createDebugAdapterTracker({ configuration: {} } as never), undefined);

  Object.assign(stub.debug, { startDebugging: async () => false });
  const refused = stub.testRun();
  await inDebugger.debugTests(refused as never, [items[1]] as never, token.token as never);
  assert.deepEqual(refused.events, ['enqueued b_test.lua', 'started b_test.lua', 'errored b_test.lua']);
  token.cancel();
  const stopped = stub.testRun();
  await inDebugger.debugTests(stopped as never, [items[1]] as never, token.token as never);
  assert.deepEqual(stopped.events, ['enqueued b_test.lua', 'skipped b_test.lua']);
});

test("the settings of a test's folder count, whichever file is open", async () => {
  Object.assign(stub.workspace, {
    workspaceFolders: ['/w', '/v'].map((path, index) => ({ uri: URI.file(path), name: path, index })),
    findFiles: async () => [URI.file('/w/a_test.lua'), URI.file('/v/c_test.lua')],
  });
  Object.assign(stub.folderSettings, {
    '/w': { 'llmspell.run.allow': { net: ['w.org'] }, 'llmspell.run.mcpConfig': '${workspaceFolder}/m.json', 'llmspell.tools.args': ['--no-cache'] },
    '/v': { 'llmspell.run.allow': { net: ['v.org'] }, 'llmspell.run.maxMemory': '9MiB', 'llmspell.test.args': ['--timeout=5s'] },
  });
  const { llmspell, tree, items, run, token } = await world();
  llmspell.calls.length = 0;
  await new TestRunner(tree, llmspell.run, runFlags).runTests(run as never, items as never, token.token as never, false);
  const flags = llmspell.calls.map(({ args }) => args.filter((arg) => /^--(allow|max-memory|mcp|timeout)/.test(arg)).join(' '));
  assert.deepEqual(flags.sort(), ['--allow-net=v.org --max-memory=9MiB --timeout=5s', '--allow-net=w.org --mcp-config=/w/m.json']);
  assert.deepEqual(toolFlags(), ['--allow-net=w.org', '--mcp-config=/w/m.json', '--no-cache'], 'tools run in the first folder');
  const asked: string[] = [];
  const inDebugger = new TestDebugger(tree, (file) => {
    asked.push(file.fsPath);
    return {};
  });
  Object.assign(stub.debug, { startDebugging: async () => false });
  await inDebugger.debugTests(stub.testRun() as never, items as never, token.token as never);
  assert.deepEqual(new Set(asked), new Set(['/w/a_test.lua', '/v/c_test.lua']));
});

test('flags of tests count in the debugger too', () => {
  assert.deepEqual(debugAttributes([], { allowRead: ['/r'] }), { allowRead: ['/r'] });
  assert.deepEqual(
    debugAttributes(['--timeout=10s', '--allow-net=a.b,c.d', '--allow-net=e.f', '--allow-read=/x', '--deny-run', '--max-memory', '1GiB', '--run', 'test_*', '-v', '--mcp-project'], { allowRead: ['/r'], sandbox: 'safe' }),
    { allowRead: ['/r', '/x'], sandbox: 'safe', allowNet: ['a.b', 'c.d', 'e.f'], denyRun: true, adapterArgs: ['--timeout=10s', '--max-memory', '1GiB', '--mcp-project'], adapter: 'process' },
  );
  assert.deepEqual(debugAttributes(['-A', '--allow-env=*', '--allow-env=X'], { sandbox: 'safe' }), { allowAll: true, allowEnv: true });
  assert.deepEqual(debugAttributes(['--sandbox', 'trusted'], {}), { sandbox: 'trusted' });
});
