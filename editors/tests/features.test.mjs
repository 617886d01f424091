// What the server can do beyond lines, steps and variables, over stdio and TCP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dial, hostPort, LIMIT, outputs, resume, runToEnd, script, server, shown, stdio, stopAt, variablesOf, where } from './support.mjs';

const FEATURES = script('features.lua');

const connections = {
  stdio,
  TCP: async (t) => (await dial(t, hostPort(await server(t, '127.0.0.1:0')))).client,
};

// request sends any request, and returns the body of its response.
async function request(client, command, args) {
  return (await client.send(command, args)).body;
}

// evaluated is the value of an expression at a stop.
async function evaluated(client, stop, expression) {
  return (await request(client, 'evaluate', { expression, frameId: stop.frame.id, context: 'watch' })).result;
}

// launchWith launches with what `configure` sets before the script runs, and
// returns the first stop.
async function launchWith(client, launch, configure = async () => {}) {
  const [stopped] = await Promise.all([
    client.waitForEvent('stopped'),
    client.waitForEvent('initialized').then(async () => {
      await configure();
      await client.configurationDoneRequest();
    }),
    client.launch({ program: FEATURES, ...launch }),
  ]);
  return where(client, stopped);
}

for (const [name, open] of Object.entries(connections)) {
  describe(`over ${name}`, LIMIT, () => {
    test('a function breakpoint, with a condition', async (t) => {
      const client = await open(t);
      const stop = await launchWith(client, {}, async () => {
        const set = await request(client, 'setFunctionBreakpoints', { breakpoints: [{ name: 'take', condition: 'n == 2' }] });
        assert.equal(set.breakpoints.length, 1);
      });
      assert.equal(stop.reason, 'function breakpoint');
      assert.equal(stop.frame.name, 'take');
      assert.equal(await evaluated(client, stop, 'n'), '2');
      assert.equal(await runToEnd(client, stop.threadId), 0);
    });

    test('a data breakpoint on a field', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 12);
      const stock = (await variablesOf(client, stop.frame, 'Locals')).find((v) => v.name === 'stock');
      const info = await request(client, 'dataBreakpointInfo', { variablesReference: stock.variablesReference, name: 'apples' });
      assert.ok(info.dataId, info.description);
      await client.setBreakpointsRequest({ source: { path: FEATURES }, breakpoints: [] });
      await request(client, 'setDataBreakpoints', { breakpoints: [{ dataId: info.dataId, accessType: 'write', condition: 'n == 2' }] });
      const hit = await resume(client, 'continue', stop.threadId);
      assert.equal(hit.reason, 'data breakpoint');
      assert.equal(await evaluated(client, hit, 'n'), '2');
      await request(client, 'setDataBreakpoints', { breakpoints: [] });
      assert.equal(await runToEnd(client, stop.threadId), 0);
    });

    test('an exception filter with a condition, from the launch configuration', async (t) => {
      const client = await open(t);
      const stop = await launchWith(client, { exceptionBreakpoints: [{ filter: 'error', condition: 'err.code == 8' }] });
      assert.equal(stop.reason, 'exception');
      const frame = stop.frames.find((f) => f.line > 0);
      assert.equal(frame.line, 17);
      const info = await request(client, 'exceptionInfo', { threadId: stop.threadId });
      assert.equal(info.breakMode, 'always');
      assert.equal(await runToEnd(client, stop.threadId), 0);
    });

    test('completions of names, fields and methods', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 12);
      const labels = async (text) => {
        const { targets } = await request(client, 'completions', { frameId: stop.frame.id, text, column: text.length + 1 });
        return targets.map((target) => target.label);
      };
      assert.ok((await labels('sto')).includes('stock'));
      assert.ok((await labels('stock.')).includes('apples'));
      assert.ok((await labels('label:up')).includes('upper'));
    });

    test('goto skips lines, and says where it cannot go', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 12);
      const { targets } = await request(client, 'gotoTargets', { source: { path: FEATURES }, line: 16, column: 1 });
      const [stopped] = await Promise.all([
        client.waitForEvent('stopped'),
        request(client, 'goto', { threadId: stop.threadId, targetId: targets[0].id }),
      ]);
      const there = await where(client, stopped);
      assert.deepEqual([there.reason, there.line], ['goto', 16]);
      await assert.rejects(request(client, 'gotoTargets', { source: { path: FEATURES }, line: 7 }), /function/);
      const text = outputs(client);
      assert.equal(await runToEnd(client, stop.threadId), 0);
      assert.equal(text.stdout, 'fresh fruit\t0\t3\tfalse\t7\n');
    });

    test('restartFrame runs a function again', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 9);
      const [stopped] = await Promise.all([client.waitForEvent('stopped'), request(client, 'restartFrame', { frameId: stop.frame.id })]);
      const again = await where(client, stopped);
      assert.deepEqual([again.reason, again.frame.name], ['restart', 'take']);
      const hit = await resume(client, 'continue', stop.threadId);
      assert.deepEqual([hit.reason, hit.line], ['breakpoint', 9]);
      assert.equal(await evaluated(client, hit, 'stock.apples'), '1', 'it was taken twice');
    });

    test('setExpression assigns to a field', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 12);
      const set = await request(client, 'setExpression', { frameId: stop.frame.id, expression: 'stock.apples', value: '50 * 2' });
      assert.equal(set.value, '100');
      assert.equal(await evaluated(client, stop, 'stock.apples'), '100');
      await assert.rejects(request(client, 'setExpression', { frameId: stop.frame.id, expression: '1 + 1', value: '3' }));
    });

    test('readMemory returns the bytes of a string', async (t) => {
      const client = await open(t);
      await client.initializeRequest({
        adapterID: 'llmspell', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'path', supportsMemoryReferences: true,
      });
      const launched = client.launchRequest({ program: FEATURES });
      await client.setBreakpointsRequest({ source: { path: FEATURES }, breakpoints: [{ line: 12 }] });
      const [stopped] = await Promise.all([client.waitForEvent('stopped'), client.configurationDoneRequest(), launched]);
      const stop = await where(client, stopped);
      const label = (await variablesOf(client, stop.frame, 'Locals')).find((v) => v.name === 'label');
      const memory = await request(client, 'readMemory', { memoryReference: label.memoryReference, offset: 6, count: 100 });
      assert.equal(Buffer.from(memory.data, 'base64').toString(), 'fruit');
    });

    test('disassemble shows instructions, where a breakpoint can stop', async (t) => {
      const client = await open(t);
      const stop = await stopAt(client, FEATURES, 12);
      const { instructions } = await request(client, 'disassemble', {
        memoryReference: stop.frame.instructionPointerReference, instructionOffset: -4, instructionCount: 60, resolveSymbols: true,
      });
      assert.equal(instructions.length, 60);
      const target = instructions.find((i) => i.line === 18);
      assert.ok(target, 'an instruction of line 18');
      await client.setBreakpointsRequest({ source: { path: FEATURES }, breakpoints: [] });
      const set = await request(client, 'setInstructionBreakpoints', { breakpoints: [{ instructionReference: target.address }] });
      assert.equal(set.breakpoints[0].verified, true);
      const hit = await resume(client, 'continue', stop.threadId);
      assert.deepEqual([hit.reason, hit.line], ['instruction breakpoint', 18]);
      assert.equal(shown(await variablesOf(client, hit.frame, 'Locals')).ok, 'false');
      assert.equal(await runToEnd(client, stop.threadId), 0);
    });
  });
}
