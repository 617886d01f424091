// The views with the real program: what it prints is what they read.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { run, type RunOptions } from '../../src/run';
import { KernelModel } from '../../src/views/kernelModel';
import { TestRunner } from '../../src/views/testRunner';
import { TestTree } from '../../src/views/testTree';
import { collect, fieldOfError, fieldsOf, initialValues } from '../../src/views/toolForm';
import { formPage } from '../../src/views/toolFormPage';
import { categoryLabel, ToolModel } from '../../src/views/toolModel';
import { resultHtml } from '../../src/views/toolResult';
import { callText } from '../../src/views/toolSnippet';
import { picturesOf } from '../../src/views/toolPanels';
import { URI } from '../uri';
import * as stub from '../vscode';

// A busy machine may be slow; a hang must still be an error.
const LIMIT = { timeout: 300_000 };
const command = process.env['LLMSPELL'] ?? path.resolve('../../bin/llmspell');
let home: string;

before(() => {
  assert.ok(existsSync(command), `there is no ${command}: set LLMSPELL to the path of the llmspell binary`);
  home = mkdtempSync(path.join(tmpdir(), 'llmspell-views-'));
  for (const name of ['config', 'data', 'state', 'run', 'work']) {
    mkdirSync(path.join(home, name), { mode: 0o700 });
  }
  Object.assign(stub.workspace, { workspaceFolders: [{ uri: URI.file(path.join(home, 'work')), name: 'work', index: 0 }] });
});
after(() => rmSync(home, { recursive: true, force: true }));

const llmspell = (args: readonly string[], options: RunOptions = {}) =>
  run({ command, args: [], origin: 'setting' }, args, {
    timeout: LIMIT.timeout,
    cwd: path.join(home, 'work'),
    ...options,
    env: {
      XDG_CONFIG_HOME: path.join(home, 'config'), XDG_DATA_HOME: path.join(home, 'data'), XDG_STATE_HOME: path.join(home, 'state'), XDG_RUNTIME_DIR: path.join(home, 'run'), LLMSPELL_KERNEL: '',
    },
  });

test('every tool has a form, and every example goes through it unchanged', LIMIT, async () => {
  const model = new ToolModel(llmspell, () => '', () => []);
  const list = await model.list();
  assert.ok(list.length >= 40);
  const calls: string[] = [];
  // A few at a time: each is a process.
  for (let i = 0; i < list.length; i += 8) {
    for (const tool of await Promise.all(list.slice(i, i + 8).map(({ name }) => model.info(name)))) {
      const fields = fieldsOf(tool.parameters);
      assert.equal(fields.length, Object.keys(tool.parameters.properties ?? {}).length, tool.name);
      assert.ok(categoryLabel(tool.category));
      const html = formPage(tool, fields, initialValues(fields), '', '', 'W');
      fields.forEach((field) => assert.ok(html.includes(`name="${field.name}"`), `${tool.name}: ${field.name}`));
      for (const { params } of tool.examples ?? []) {
        const known = Object.fromEntries(Object.entries(params).filter(([name]) => fields.some((field) => field.name === name)));
        const { params: read, errors } = collect(fields, initialValues(fields, known));
        assert.deepEqual(errors, {}, `${tool.name}: ${JSON.stringify(params)}`);
        for (const [name, value] of Object.entries(known)) {
          assert.deepEqual(read[name] ?? fields.find((field) => field.name === name)?.schema.default ?? false, value, `${tool.name}: ${name}`);
        }
        calls.push(`function(Tool) return ${callText(tool.name, read)} end`);
      }
    }
  }
  const checked = await llmspell(['check', '--severity', 'error', '-'], { input: `return {\n${calls.join(',\n')}\n}\n` });
  assert.equal(checked.code, 0, checked.stdout);
});

test('a call answers, and an error is about its field', LIMIT, async () => {
  const model = new ToolModel(llmspell, () => '', () => []);
  const answer = await model.invoke('calculator', { input: '6 * 7' });
  assert.equal((answer.result as { result: number }).result, 42);
  assert.match(resultHtml(answer, []), /Succeeded in [\d.]+ ms/);
  const failed = await model.invoke('hash-calculator', { input: 'x' });
  assert.equal(fieldOfError(fieldsOf((await model.info('hash-calculator')).parameters), failed.error!), 'operation');
  assert.match((await model.invoke('no-such-tool', {})).error?.message ?? '', /no-such-tool/);
  await assert.rejects(new ToolModel(llmspell, () => 'gone', () => []).invoke('calculator', {}), /no such kernel runs/);
});

test('a picture that a tool has made is shown', LIMIT, async () => {
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  writeFileSync(path.join(home, 'work', 'in.png'), Buffer.from(pixel, 'base64'));
  const model = new ToolModel(llmspell, () => '', () => ['--allow-write=.']);
  const answer = await model.invoke('image-processor', { operation: 'resize', source_path: 'in.png', target_path: 'out.png', width: 2, height: 2 });
  assert.ok(answer.success, JSON.stringify(answer));
  const pictures = await picturesOf(answer);
  assert.ok(pictures.length >= 1 && pictures.every((picture) => picture.source.startsWith('data:image/png;base64,iVBOR')), JSON.stringify(answer));
});

test('a kernel is seen with the sessions that live in it, and sessions on disk', LIMIT, async (t) => {
  assert.equal((await llmspell(['kernel', 'start', '--daemon', '--id', 'dev'])).code, 0);
  const stop = new AbortController();
  t.after(async () => {
    stop.abort();
    await llmspell(['kernel', 'stop', 'dev', '--force']);
  });
  assert.equal((await llmspell(['session', 'create', 'nightly'])).code, 0);
  const busy = llmspell(['exec', '--connect', 'dev', 'while true do end'], { signal: stop.signal }).catch(() => undefined);
  const ask = async <T>(args: readonly string[]): Promise<T> => JSON.parse((await llmspell(args)).stdout) as T;
  const model = new KernelModel(ask, () => 0, () => path.join(home, 'run', 'llmspell'));
  // The numbers and the list are asked for one after the other: the session may begin in between.
  do {
    await model.refresh();
    assert.equal(model.failure, undefined);
  } while (!model.kernels[0]?.session_list?.[0]?.busy || model.kernels[0].running === 0);
  const kernel = model.kernels[0]!;
  assert.deepEqual([model.kernels.length, kernel.id, kernel.status, kernel.sessions, kernel.running], [1, 'dev', 'running', 1, 1]);
  assert.ok(kernel.memory_bytes > 0 && kernel.log_file && kernel.session_list![0]!.id);
  assert.deepEqual(model.saved.map((session) => [session.name, session.status]), [['nightly', 'active']]);
  stop.abort();
  await busy;
  model.dispose();
});

test('tests are found, run and covered', LIMIT, async () => {
  const file = path.join(home, 'work', 'calc_test.lua');
  writeFileSync(path.join(home, 'work', 'calc.lua'), 'local M = {}\nfunction M.add(a, b)\n  return a + b\nend\nfunction M.sub(a, b)\n  return a + b\nend\nreturn M\n');
  writeFileSync(file, "local calc = require('calc')\nlocal function test_add()\n  print('adding')\n  assert(calc.add(1, 2) == 3)\nend\n\nfunction test_broken()\n  error('it broke')\nend\n");
  Object.assign(stub.workspace, { findFiles: async () => [URI.file(file)] });
  const controller = stub.tests.createTestController('llmspell', 'Lua Tests');
  const tree = new TestTree(controller as never, llmspell);
  await tree.findAll();
  const items = [...controller.items].map(([, item]) => item);
  assert.deepEqual([...items[0]!.children].map(([, item]) => [item.label, item.range?.start.line]), [['test_add', 1], ['test_broken', 6]]);
  const runner = new TestRunner(tree, llmspell, () => []);
  const testRun = stub.testRun();
  await runner.runTests(testRun as never, items as never, new stub.CancellationTokenSource().token as never, true);
  assert.deepEqual(testRun.events.filter((event) => !/^(enqueued|started)/.test(event)), ['passed test_add', 'failed test_broken']);
  assert.equal(testRun.output[0], 'adding\r\n');
  assert.deepEqual([testRun.messages[0]?.location?.range.start.line, /it broke/.test(testRun.messages[0]?.message ?? '')], [7, true]);
  const covered = testRun.coverage.find((one) => one.uri.fsPath.endsWith('/calc.lua'));
  const details = runner.details(covered as never) as unknown as stub.StatementCoverage[];
  const lines = new Map(details.filter((one) => !(one instanceof stub.DeclarationCoverage)).map((one) => [one.location.line, one.executed]));
  assert.deepEqual([lines.get(2), lines.get(5)], [1, 0]);
});
