// Breakpoints: where they land, and when they stop.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMIT, outputs, resume, runToEnd, script, shown, stdio, stopAt, variablesOf, where } from './support.mjs';

const LOOP = script('loop.lua');

// launchWith sets breakpoints before the script runs, and returns the answer.
async function launchWith(client, program, breakpoints) {
  const answer = client.waitForEvent('initialized').then(async () => {
    const response = await client.setBreakpointsRequest({ source: { path: program }, breakpoints });
    await client.configurationDoneRequest();
    return response.body.breakpoints;
  });
  const [set] = await Promise.all([answer, client.launch({ program })]);
  return set;
}

// firstStop is launchWith for a breakpoint that stops.
async function firstStop(client, program, breakpoint) {
  const [stopped] = await Promise.all([client.waitForEvent('stopped'), launchWith(client, program, [breakpoint])]);
  return where(client, stopped);
}

async function local(client, stop, name) {
  return shown(await variablesOf(client, stop.frame, 'Locals'))[name];
}

describe('where a breakpoint lands', LIMIT, () => {
  test('it is verified before the script is loaded', async (t) => {
    const client = await stdio(t);
    const stop = await stopAt(client, LOOP, 4);
    assert.equal(stop.reason, 'breakpoint');
    assert.equal(stop.frame.source.path, LOOP);
    assert.equal(stop.event.allThreadsStopped, true);
  });

  test('each line gets its own answer, in order', async (t) => {
    const client = await stdio(t);
    await client.initializeRequest();
    const { body } = await client.setBreakpointsRequest({
      source: { path: LOOP },
      breakpoints: [{ line: 6 }, { line: 1 }, { line: 400 }, { line: 3 }],
    });
    const answers = body.breakpoints.map((b) => [b.verified, b.verified ? b.line : undefined]);
    assert.deepEqual(answers, [
      [true, 6],
      [true, 2],
      [false, undefined],
      [true, 3],
    ]);
    assert.ok(body.breakpoints[2].message, 'the unverified one says why');
    const ids = body.breakpoints.map((b) => b.id);
    assert.equal(new Set(ids).size, 4, `ids ${ids}`);
  });

  test('an empty list removes them all', async (t) => {
    const client = await stdio(t);
    const stop = await stopAt(client, LOOP, 4);
    const { body } = await client.setBreakpointsRequest({ source: { path: LOOP }, breakpoints: [] });
    assert.deepEqual(body.breakpoints, []);
    assert.equal(await runToEnd(client, stop.threadId), 0);
  });

  test('one can be added while the script is stopped', async (t) => {
    const client = await stdio(t);
    const stop = await stopAt(client, LOOP, 4);
    await client.setBreakpointsRequest({ source: { path: LOOP }, breakpoints: [{ line: 6 }] });
    const next = await resume(client, 'continue', stop.threadId);
    assert.equal(next.line, 6);
  });

  test('one can be added while the script runs', async (t) => {
    const client = await stdio(t);
    await Promise.all([client.configurationSequence(), client.launch({ program: script('busy.lua') })]);
    const [stopped] = await Promise.all([
      client.waitForEvent('stopped'),
      client.setBreakpointsRequest({ source: { path: script('busy.lua') }, breakpoints: [{ line: 4 }] }),
    ]);
    assert.equal((await where(client, stopped)).line, 4);
  });
});

describe('when a breakpoint stops', LIMIT, () => {
  test('each time its line runs', async (t) => {
    const client = await stdio(t);
    let stop = await stopAt(client, LOOP, 4);
    for (const n of ['1', '2', '3']) {
      assert.equal(await local(client, stop, 'n'), n);
      stop = await resume(client, 'continue', stop.threadId);
    }
  });

  test('only if its condition holds', async (t) => {
    const client = await stdio(t);
    const stop = await firstStop(client, LOOP, { line: 4, condition: 'n == 4 and sum == 6' });
    assert.equal(await local(client, stop, 'n'), '4');
    assert.equal(await runToEnd(client, stop.threadId), 0);
  });

  test('only if its hit condition holds', async (t) => {
    for (const [hitCondition, hits] of [
      ['5', ['5']],
      ['>=9', ['9', '10']],
      ['%4', ['4', '8']],
    ]) {
      const client = await stdio(t);
      let stop = await firstStop(client, LOOP, { line: 4, hitCondition });
      for (const [i, n] of hits.entries()) {
        assert.equal(await local(client, stop, 'n'), n, `hit condition ${hitCondition}`);
        if (i < hits.length - 1) stop = await resume(client, 'continue', stop.threadId);
      }
      assert.equal(await runToEnd(client, stop.threadId), 0, `no more stops with ${hitCondition}`);
    }
  });

  test('a condition that fails stops, and says what is wrong', async (t) => {
    const client = await stdio(t);
    const stop = await firstStop(client, LOOP, { line: 4, condition: 'n + {} > 1' });
    assert.match(`${stop.event.description ?? ''} ${stop.event.text ?? ''}`, /arithmetic/);
  });

  test('a log message is printed instead of a stop', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    let stops = 0;
    client.on('stopped', () => stops++);
    await Promise.all([
      client.waitForEvent('terminated'),
      launchWith(client, LOOP, [{ line: 4, condition: 'n > 8', logMessage: 'turn {n}: sum {sum + n}' }]),
    ]);
    assert.equal(stops, 0);
    const logged = text.console + text.stdout;
    assert.match(logged, /turn 9: sum 45\n[^]*turn 10: sum 55\n/);
    assert.doesNotMatch(logged, /turn 8/);
  });
});
