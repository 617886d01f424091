// Errors, at the place where they are raised.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, outputs, resume, runToEnd, script, shown, stdio, variablesOf, where } from './support.mjs';

const FAIL = script('fail.lua');

async function firstError(client, filters) {
  const [stopped] = await Promise.all([
    client.waitForEvent('stopped'),
    client.waitForEvent('initialized').then(async () => {
      await client.setExceptionBreakpointsRequest({ filters });
      await client.configurationDoneRequest();
    }),
    client.launch({ program: FAIL }),
  ]);
  return where(client, stopped);
}

// raisedBy checks that the frames are intact: the error is raised in stock.
async function raisedBy(client, stop, item) {
  assert.equal(stop.reason, 'exception');
  const frame = stop.frames.find((f) => f.source?.path === FAIL);
  assert.equal(frame.line, 3);
  assert.equal(shown(await variablesOf(client, frame, 'Locals')).item, `"${item}"`);
}

describe('errors', LIMIT, () => {
  test('uncaught: stops where it is raised, with all about it', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const stop = await firstError(client, ['uncaught']);
    await raisedBy(client, stop, 'apples');
    const { body } = await client.exceptionInfoRequest({ threadId: stop.threadId });
    assert.ok(body.exceptionId, 'exceptionId');
    assert.match(body.description, /fail\.lua:3: no stock of apples/);
    assert.equal(body.breakMode, 'unhandled');
    assert.match(body.details.stackTrace, /fail\.lua:3:/);
    assert.match(body.details.stackTrace, /fail\.lua:8:/);

    assert.equal(await runToEnd(client, stop.threadId), 1);
    assert.equal(text.stdout, 'caught\tfalse\n');
    assert.match(text.stderr, /no stock of apples/);
  });

  test('caught: stops before pcall takes it', async (t) => {
    const client = await stdio(t);
    const stop = await firstError(client, ['caught']);
    await raisedBy(client, stop, 'pears');
    assert.equal(await runToEnd(client, stop.threadId), 1);
  });

  test('both: one after the other', async (t) => {
    const client = await stdio(t);
    const first = await firstError(client, ['caught', 'uncaught']);
    await raisedBy(client, first, 'pears');
    await raisedBy(client, await resume(client, 'continue', first.threadId), 'apples');
  });

  test('no filter: the script ends with its error', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    let stops = 0;
    client.on('stopped', () => stops++);
    const [exited] = await Promise.all([
      client.waitForEvent('exited'),
      client.waitForEvent('terminated'),
      client.waitForEvent('initialized').then(async () => {
        await client.setExceptionBreakpointsRequest({ filters: [] });
        await client.configurationDoneRequest();
      }),
      client.launch({ program: FAIL }),
    ]);
    assert.equal(stops, 0);
    assert.equal(exited.body.exitCode, 1);
    assert.match(text.stderr, /fail\.lua:3: no stock of apples/);
    assert.match(text.stderr, /stack traceback/);
  });
});
