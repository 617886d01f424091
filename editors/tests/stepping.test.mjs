// Step over, in and out; coroutines.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, outputs, resume, runToEnd, script, shown, stdio, stopAt, variablesOf } from './support.mjs';

const ORDER = script('order.lua');
const COROUTINES = script('coroutines.lua');

// walk sends one request after the other, and tells where each one stopped.
async function walk(client, stop, requests) {
  const lines = [];
  for (const request of requests) {
    stop = await resume(client, request, stop.threadId);
    assert.equal(stop.reason, 'step');
    lines.push(stop.line);
  }
  return { lines, stop };
}

describe('steps', LIMIT, () => {
  test('over calls', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, ORDER, 16);
    const { lines } = await walk(client, start, ['next', 'next', 'next']);
    assert.deepEqual(lines, [17, 18, 19]);
  });

  test('into a call, over its lines, and out to the caller', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, ORDER, 16);
    const inside = await walk(client, start, ['stepIn', 'next', 'next']);
    assert.deepEqual(inside.lines, [10, 11, 12]);
    assert.deepEqual(inside.stop.frames.map((f) => f.line), [12, 16]);

    const deeper = await walk(client, inside.stop, ['stepIn']);
    assert.deepEqual(deeper.lines, [6]);
    const out = await walk(client, deeper.stop, ['stepOut']);
    assert.equal(out.stop.frames.length, 2, 'back in total');
    const main = await walk(client, out.stop, ['stepOut']);
    assert.equal(main.stop.frames.length, 1, 'back in the main chunk');
  });

  test('over the last line of a function, to its caller', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, ORDER, 13);
    const { stop } = await walk(client, start, ['next']);
    assert.equal(stop.frames.length, 1);
    assert.ok(stop.line === 16 || stop.line === 17, `line ${stop.line}`);
  });

  test('off the last line of the script, to its end', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const start = await stopAt(client, ORDER, 19);
    await Promise.all([client.waitForEvent('terminated'), client.nextRequest({ threadId: start.threadId })]);
    assert.equal(text.stdout, 'total\t180\n');
  });

  test('a breakpoint inside a call that is stepped over still stops', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, ORDER, 16);
    await client.setBreakpointsRequest({ source: { path: ORDER }, breakpoints: [{ line: 11 }] });
    const stop = await resume(client, 'next', start.threadId);
    assert.equal(stop.reason, 'breakpoint');
    assert.equal(stop.line, 11);
  });
});

describe('coroutines', LIMIT, () => {
  test('each is a thread with a stack of its own', async (t) => {
    const client = await stdio(t);
    const stop = await stopAt(client, COROUTINES, 4);
    assert.notEqual(stop.threadId, 1);
    assert.equal(shown(await variablesOf(client, stop.frame, 'Locals')).i, '1');

    const { threads } = (await client.threadsRequest()).body;
    assert.deepEqual(threads.map((thread) => thread.id).sort(), [1, stop.threadId].sort());
    const main = (await client.stackTraceRequest({ threadId: 1 })).body.stackFrames;
    assert.equal(main.find((f) => f.source?.path === COROUTINES).line, 10);
  });

  test('step over resume stays in the resumer', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, COROUTINES, 10);
    const { lines, stop } = await walk(client, start, ['next', 'next']);
    assert.deepEqual(lines, [11, 12]);
    const locals = shown(await variablesOf(client, stop.frame, 'Locals'));
    assert.deepEqual([locals.one, locals.two], ['1', '2']);
  });

  test('step into resume enters the coroutine', async (t) => {
    const client = await stdio(t);
    const start = await stopAt(client, COROUTINES, 10);
    const { lines, stop } = await walk(client, start, ['stepIn']);
    assert.deepEqual(lines, [3]);
    assert.notEqual(stop.threadId, start.threadId);
    assert.equal(await runToEnd(client, stop.threadId), 0);
  });
});
