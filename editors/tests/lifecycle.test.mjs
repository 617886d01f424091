// From initialize to the end of a session.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadline, LIMIT, outputs, resume, runToEnd, script, stdio, stopAt, variablesOf, shown, where } from './support.mjs';

describe('initialize', LIMIT, () => {
  test('names what the adapter can do', async (t) => {
    const client = await stdio(t);
    const { body } = await client.initializeRequest();
    for (const capability of [
      'supportsConfigurationDoneRequest',
      'supportsConditionalBreakpoints',
      'supportsHitConditionalBreakpoints',
      'supportsLogPoints',
      'supportsEvaluateForHovers',
      'supportsSetVariable',
      'supportsExceptionInfoRequest',
      'supportsRestartRequest',
      'supportsTerminateRequest',
      'supportsLoadedSourcesRequest',
    ]) {
      assert.equal(body[capability], true, capability);
    }
    const filters = body.exceptionBreakpointFilters.map((f) => f.filter);
    assert.ok(filters.includes('uncaught') && filters.includes('caught'), `filters ${filters}`);
  });

  test('refuses a path format that does not exist', async (t) => {
    const client = await stdio(t);
    await assert.rejects(
      client.initializeRequest({ adapterID: 'llmspell', linesStartAt1: true, columnsStartAt1: true, pathFormat: 'url' }),
      /pathFormat/,
    );
  });

  test('answers an unknown request with an error, and stays up', async (t) => {
    const client = await stdio(t);
    await client.initializeRequest();
    await assert.rejects(client.customRequest('illegal_request'), /illegal_request/);
    const response = await client.setExceptionBreakpointsRequest({ filters: [] });
    assert.equal(response.success, true);
  });

  test('is required first, and only once', async (t) => {
    const client = await stdio(t);
    await assert.rejects(client.launchRequest({ program: script('words.lua') }), /initialize/);
    await client.initializeRequest();
    await assert.rejects(client.initializeRequest(), /initialize/);
  });
});

describe('launch', LIMIT, () => {
  test('runs a script to its end, with its output', async (t) => {
    const client = await stdio(t);
    const [exited] = await Promise.all([
      client.waitForEvent('exited'),
      client.waitForEvent('terminated'),
      client.assertOutput('stdout', 'sum\t55\n'),
      client.configurationSequence(),
      client.launch({ program: script('loop.lua') }),
    ]);
    assert.equal(exited.body.exitCode, 0);
  });

  test('hands over arguments and environment, and reports the exit code', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const [exited] = await Promise.all([
      client.waitForEvent('exited'),
      client.waitForEvent('terminated'),
      client.configurationSequence(),
      client.launch({ program: script('arguments.lua'), args: ['one', 'two'], env: { LLMSPELL_TEST_COLOUR: 'green' } }),
    ]);
    assert.equal(exited.body.exitCode, 3);
    assert.equal(text.stdout, 'arguments\tone\ttwo\nLLMSPELL_TEST_COLOUR=green\n');
    assert.equal(text.stderr, 'to stderr\n');
  });

  test('stops on entry, at the first line that runs', async (t) => {
    const client = await stdio(t);
    await Promise.all([
      client.configurationSequence(),
      client.launch({ program: script('loop.lua'), stopOnEntry: true }),
      client.assertStoppedLocation('entry', { path: script('loop.lua'), line: 2 }),
    ]);
    assert.equal(await runToEnd(client, 1), 0);
  });

  test('ignores breakpoints with noDebug', async (t) => {
    const client = await stdio(t);
    let stops = 0;
    client.on('stopped', () => stops++);
    await Promise.all([
      client.waitForEvent('terminated'),
      client.waitForEvent('initialized').then(async () => {
        await client.setBreakpointsRequest({ source: { path: script('loop.lua') }, breakpoints: [{ line: 4 }] });
        await client.configurationDoneRequest();
      }),
      client.launch({ program: script('loop.lua'), noDebug: true }),
    ]);
    assert.equal(stops, 0);
  });

  test('refuses a script that is not there', async (t) => {
    const client = await stdio(t);
    await client.initializeRequest();
    await assert.rejects(client.launchRequest({ program: script('missing.lua') }), /missing\.lua/);
  });

  test('reports a syntax error with its line', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const [exited] = await Promise.all([
      client.waitForEvent('exited'),
      client.waitForEvent('terminated'),
      client.configurationSequence(),
      client.launch({ program: script('broken.lua') }),
    ]);
    assert.equal(exited.body.exitCode, 1);
    assert.match(text.stderr, /broken\.lua:2/);
  });
});

describe('the end', LIMIT, () => {
  test('pause stops a loop that calls nothing; terminate ends it', async (t) => {
    const client = await stdio(t);
    await Promise.all([client.configurationSequence(), client.launch({ program: script('busy.lua') })]);
    const [stopped] = await Promise.all([client.waitForEvent('stopped'), client.pauseRequest({ threadId: 1 })]);
    const stop = await where(client, stopped);
    assert.equal(stop.reason, 'pause');
    assert.ok(stop.line === 3 || stop.line === 4, `paused at line ${stop.line}`);
    const { n } = shown(await variablesOf(client, stop.frame, 'Locals'));
    assert.ok(Number(n) > 0, `n is ${n}`);
    await Promise.all([client.waitForEvent('terminated'), client.terminateRequest()]);
  });

  test('terminate ends a script that runs', async (t) => {
    const client = await stdio(t);
    await Promise.all([client.configurationSequence(), client.launch({ program: script('busy.lua') })]);
    await Promise.all([client.waitForEvent('terminated'), client.terminateRequest()]);
  });

  test('disconnect ends a script that runs', async (t) => {
    const client = await stdio(t);
    await Promise.all([client.configurationSequence(), client.launch({ program: script('busy.lua') })]);
    await deadline(client.disconnectRequest(), 'the response to disconnect');
  });

  test('disconnect ends a script that is stopped', async (t) => {
    const client = await stdio(t);
    await stopAt(client, script('order.lua'), 13);
    await deadline(client.disconnectRequest(), 'the response to disconnect');
  });

  test('restart runs the script again, and keeps its breakpoints', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const first = await stopAt(client, script('loop.lua'), 6);
    assert.equal(shown(await variablesOf(client, first.frame, 'Locals')).sum, '55');

    const [stopped] = await Promise.all([client.waitForEvent('stopped'), client.restartRequest({})]);
    const again = await where(client, stopped);
    assert.equal(again.reason, 'breakpoint');
    assert.equal(again.line, 6);
    assert.equal(shown(await variablesOf(client, again.frame, 'Locals')).sum, '55');
    assert.equal(text.stdout, '', 'the first run never reached its print');

    assert.equal(await runToEnd(client, again.threadId), 0);
    assert.equal(text.stdout, 'sum\t55\n');
  });

  test('requests that need a stop are refused while the script runs', async (t) => {
    const client = await stdio(t);
    await Promise.all([client.configurationSequence(), client.launch({ program: script('busy.lua') })]);
    await assert.rejects(client.stackTraceRequest({ threadId: 1 }), /notStopped/);
    await assert.rejects(client.nextRequest({ threadId: 1 }), /notStopped/);
    await client.terminateRequest();
  });

  test('handles of an earlier stop are refused', async (t) => {
    const client = await stdio(t);
    const stop = await stopAt(client, script('order.lua'), 13);
    await resume(client, 'next', stop.threadId);
    await assert.rejects(client.scopesRequest({ frameId: stop.frame.id }), /stale|no such|has run on/i);
  });
});
