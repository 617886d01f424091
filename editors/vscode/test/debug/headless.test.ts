import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { headlessArguments, leftOut, runHeadless } from '../../src/debug/headless';
import { TemporaryFiles } from '../../src/debug/untitled';
import { Logs } from '../../src/logs';
import { URI } from '../uri';
import * as stub from '../vscode';

beforeEach(stub.reset);

const at = (file: string, line: number) => new stub.Location(URI.file(file), new stub.Position(line - 1, 0));
const breakpoints = [
  new stub.SourceBreakpoint(at('/w/a.lua', 3)),
  new stub.SourceBreakpoint(at('/w/a.lua', 4), true, 'n > 3'),
  new stub.SourceBreakpoint(at('/w/a.lua', 5), true, undefined, undefined, 'n is {n}'),
  new stub.SourceBreakpoint(at('/w/a.lua', 6), false),
  new stub.SourceBreakpoint(at('/w/a.py', 7)),
  new stub.SourceBreakpoint(at('/w/lib/b.lua', 3)),
  new stub.SourceBreakpoint(at('/w/lib/b.lua', 4), true, undefined, '3'),
  new stub.SourceBreakpoint(at('/w/a.lua', 8), true, 'x', '>= 2'),
  new stub.FunctionBreakpoint('tool:calculator', true, 'x'),
];
const none = { remove: () => undefined } as never;
const services = { program: async () => ({ command: '/bin/llmspell', args: [], origin: 'PATH' }), environment: () => ({ A: '1' }), logs: new Logs() };
const config = (more: object = {}) => ({ type: 'llmspell', request: 'launch', name: 'Check', program: '/w/a.lua', headless: {}, ...more });

test('breakpoints of the file must be reached, and those of others are left out', () => {
  assert.deepEqual(headlessArguments(config(), breakpoints as never), [
    'dap', '--headless', '--break=/w/a.lua:3', '--break=/w/a.lua:4 if n > 3', '--log=/w/a.lua:5 => n is {n}', '--function=tool:calculator if x', '/w/a.lua',
  ]);
});

test('of the functions those that the program names must be called', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headless-'));
  try {
    writeFileSync(path.join(folder, 'a.lua'), 'function M:taxed() end\nTool.execute("web-scraper", {})\n');
    const set = ['M.taxed', 'taxed', 'tax', 'other', 'tool:web-scraper', 'tool:scraper'].map((name) => new stub.FunctionBreakpoint(name, true));
    assert.deepEqual(headlessArguments(config({ cwd: folder, program: 'a.lua' }), set as never).slice(2, -1), ['--function=M.taxed', '--function=taxed', '--function=tool:web-scraper']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what the configuration wants, and its arguments', () => {
  const wanted = { expect: ['3 => n < 9'], break: ['4'], eval: ['n'], breakpoints: false, coverage: 'c.info', output: 'junit' };
  assert.deepEqual(headlessArguments(config({ headless: wanted, args: ['-x'], timeout: 5, instructionBudget: 9, allowNet: true }), breakpoints as never), [
    'dap', '--headless', '--allow-net', '--break=4', '--expect=3 => n < 9', '--eval=n', '--coverage=lcov:c.info', '--output=junit', '--timeout=5s', '--max-instructions=9', '/w/a.lua', '--', '-x',
  ]);
});

test('what cannot be had is said: hit counts, and a function that is called', () => {
  assert.deepEqual(leftOut(config({ function: 'test_a' }), breakpoints as never), ['The breakpoint /w/a.lua:8 has a hit count.', 'The function test_a is not called.']);
  assert.deepEqual(leftOut(config({ headless: { breakpoints: false } }), breakpoints as never), []);
});

test('exceptions and flags of the adapter count, and what has no flag is said', () => {
  stub.settings['llmspell.debug.adapterArgs'] = ['--max-stops=9', '--read-only', '--token-file', '/t', '--listen=:1'];
  const all = config({
    exceptionBreakpoints: ['uncaught', { filter: 'caught' }, 'runtime'], exceptionFilters: [{ filter: 'all', condition: 'err.code' }],
    adapterArgs: ['--max-memory=4GiB'], secrets: ['*token*'], stopOnEntry: true, skipFiles: ['lib/**'], stepFilters: ['__*'], env: { A: '1', HOME: null },
  });
  assert.deepEqual(headlessArguments(all, []), ['dap', '--headless', '--max-stops=9', '--max-memory=4GiB', '--break-on-error=uncaught', '--break-on-error=caught', '/w/a.lua']);
  assert.deepEqual(leftOut(all, []), [
    "The flag --read-only is about a debugger's clients.", "The flag --token-file is about a debugger's clients.", "The flag --listen=:1 is about a debugger's clients.",
    'The exception filter runtime is none of uncaught, caught, all.', 'The exception filter all has a condition.', 'The attribute secrets does not count.', 'The attribute stopOnEntry does not count.',
    'The attribute skipFiles does not count.', 'The attribute stepFilters does not count.', 'The variable HOME is not removed.',
  ]);
  stub.settings['llmspell.debug.adapterArgs'] = [];
  assert.deepEqual(leftOut(config({ exceptionBreakpoints: null, secrets: [], stopOnEntry: false, env: { A: '' } }), []), []);
});

test('a relative program is one of the working folder', () => {
  const one = [new stub.SourceBreakpoint(at('/w/lib/b.lua', 3)), new stub.SourceBreakpoint(at('/w/a.lua', 3))];
  assert.deepEqual(headlessArguments(config({ program: 'lib/b.lua', cwd: '/w' }), one as never), ['dap', '--headless', '--break=/w/lib/b.lua:3', 'lib/b.lua']);
});

test('limits and MCP servers of the settings count too, their variables replaced', () => {
  stub.workspace.workspaceFolders = [{ uri: URI.file('/w'), name: 'w', index: 0 }];
  Object.assign(stub.settings, { 'llmspell.run.maxMemory': '1GiB', 'llmspell.run.mcpConfig': '${workspaceFolder}/m.json', 'llmspell.run.mcpProject': true });
  assert.deepEqual(headlessArguments(config(), []), ['dap', '--headless', '--max-memory=1GiB', '--mcp-config=/w/m.json', '--mcp-project', '/w/a.lua']);
});

test('the temporary file of a text goes when its task has ended, and its breakpoints count', async () => {
  const temporary = new TemporaryFiles();
  const document = { uri: URI.parse('untitled:Untitled-1'), getText: () => 'print(1)' };
  const ready = await temporary.configure(config(), document as never);
  stub.debug.breakpoints = [new stub.SourceBreakpoint(new stub.Location(document.uri, new stub.Position(0, 0)), true, undefined, '3'), new stub.SourceBreakpoint(new stub.Location(document.uri, new stub.Position(1, 0)))];
  await runHeadless(services as never, ready, temporary);
  const [task] = stub.started;
  assert.ok((task!.what as stub.Task).execution.args.includes(`--break=${ready['program'] as string}:2`));
  assert.match(stub.shown[0]!.text, /leaves out: The breakpoint .*:1 has a hit count/);
  stub.tasks.onDidEndTask.fire({ execution: { task: task!.what as stub.Task } });
  assert.ok(existsSync(ready['program'] as string), 'another task has ended');
  stub.tasks.onDidEndTask.fire({ execution: task!.options as { task: stub.Task } });
  while (existsSync(ready['program'] as string)) {
    await new Promise((done) => setTimeout(done, 5));
  }
  temporary.dispose();
});

test('it runs as a task, with its environment', async () => {
  stub.debug.breakpoints = breakpoints;
  stub.settings['llmspell.globalArgs'] = ['--trace=debug'];
  await runHeadless(services as never, config({ cwd: '/w', env: { B: '2', C: null } }), none);
  const task = stub.started[0]!.what as stub.Task;
  assert.equal(task.execution.process, '/bin/llmspell');
  assert.deepEqual(task.execution.args.slice(0, 3), ['--trace=debug', 'dap', '--headless']);
  assert.deepEqual(task.execution.options, { cwd: '/w', env: { A: '1', B: '2' } });
});

test('without a program nothing runs', async () => {
  await runHeadless({ program: async () => undefined } as never, config(), none);
  assert.equal(stub.started.length, 0);
});
