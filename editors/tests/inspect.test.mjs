// Stack, scopes, variables, evaluation: exact values.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { children, LIMIT, outputs, resume, runToEnd, script, shown, stdio, stopAt, variablesOf } from './support.mjs';

const ORDER = script('order.lua');

describe('stack, scopes, variables', LIMIT, () => {
  test('frames have names, lines and sources', async (t) => {
    const client = await stdio(t);
    const { frames, threadId } = await stopAt(client, ORDER, 6);
    assert.deepEqual(
      frames.map((f) => [f.name, f.line, f.source.path]),
      [
        ['note', 6, ORDER],
        ['total', 12, ORDER],
        ['main chunk', 16, ORDER],
      ],
    );
    const page = (await client.stackTraceRequest({ threadId, startFrame: 1, levels: 1 })).body;
    assert.deepEqual(page.stackFrames.map((f) => f.name), ['total']);
    assert.equal(page.totalFrames, 3);
  });

  test('locals and upvalues, in the order of their declaration', async (t) => {
    const client = await stdio(t);
    const { frame, frames } = await stopAt(client, ORDER, 13);
    const scopes = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
    assert.deepEqual(scopes.map((s) => [s.name, s.expensive]), [
      ['Locals', false],
      ['Upvalues', false],
      ['Globals', true],
    ]);
    const pairs = (vs) => vs.map((v) => [v.name, v.value, v.type]);
    assert.deepEqual(pairs(await variablesOf(client, frame, 'Locals')), [
      ['item', '"apple"', 'string'],
      ['quantity', '3', 'number'],
      ['price', '30', 'number'],
      ['sum', '90', 'number'],
    ]);
    assert.deepEqual((await variablesOf(client, frame, 'Upvalues')).map((v) => v.name), ['prices', 'note']);

    const outer = await variablesOf(client, frames[1], 'Locals');
    assert.deepEqual(outer.map((v) => v.name), ['prices', 'notes', 'note', 'total']);
  });

  test('types are left out for a client that does not want them', async (t) => {
    const client = await stdio(t);
    const initialize = client.initializeRequest.bind(client);
    client.initializeRequest = () => initialize({ adapterID: 'llmspell' });
    const { frame } = await stopAt(client, ORDER, 13);
    for (const variable of await variablesOf(client, frame, 'Locals')) {
      assert.equal(variable.type, undefined);
    }
  });

  test('a table opens into its fields', async (t) => {
    const client = await stdio(t);
    const { frame } = await stopAt(client, ORDER, 13);
    const prices = (await variablesOf(client, frame, 'Upvalues')).find((v) => v.name === 'prices');
    assert.equal(prices.type, 'table');
    const fields = shown(await children(client, prices.variablesReference));
    assert.equal(fields.apple, '30');
    assert.equal(fields.pear, '45');
  });

  test('a large table comes in pages', async (t) => {
    const client = await stdio(t);
    const { frame } = await stopAt(client, script('large.lua'), 6);
    const items = (await variablesOf(client, frame, 'Locals')).find((v) => v.name === 'items');
    assert.equal(items.indexedVariables, 100000);
    const page = await children(client, items.variablesReference, { filter: 'indexed', start: 70000, count: 100 });
    assert.equal(page.length, 100);
    assert.deepEqual([page[0].name, page[0].value], ['[70001]', '140002']);
    assert.deepEqual([page[99].name, page[99].value], ['[70100]', '140200']);
  });

  test('globals come first, the standard library in a group of its own', async (t) => {
    const client = await stdio(t);
    const { frame } = await stopAt(client, script('words.lua'), 3);
    const globals = await variablesOf(client, frame, 'Globals');
    assert.equal(shown(globals).counter, '1');
    const standard = globals.find((v) => v.name === '(standard library)');
    const names = (await children(client, standard.variablesReference)).map((v) => v.name);
    assert.ok(names.includes('print') && names.includes('string'), `names ${names}`);
  });

  test('the source is served', async (t) => {
    const client = await stdio(t);
    await stopAt(client, ORDER, 13);
    const { sources } = (await client.customRequest('loadedSources')).body;
    assert.ok(sources.some((s) => s.path === ORDER), JSON.stringify(sources));
    const { content } = (await client.sourceRequest({ source: { path: ORDER }, sourceReference: 0 })).body;
    assert.match(content, /^-- A small order desk/);
  });
});

describe('evaluate and set', LIMIT, () => {
  test('expressions see the frame they are asked for', async (t) => {
    const client = await stdio(t);
    const { frame, frames } = await stopAt(client, ORDER, 13);
    const evaluate = async (expression, context, frameId = frame.id) =>
      (await client.evaluateRequest({ expression, context, frameId })).body.result;

    assert.equal(await evaluate('price * 2', 'watch'), '60');
    assert.equal(await evaluate('prices.pear', 'hover'), '45');
    assert.equal(await evaluate('item', 'clipboard'), '"apple"');
    assert.equal(await evaluate('price', 'watch', frames[1].id), 'nil');
    await assert.rejects(evaluate('quantity + #notes', 'repl', frames[1].id), /nil value/);
    await assert.rejects(evaluate('price +', 'watch'), /./);
    await assert.rejects(evaluate('item.x.y', 'watch'), /index/);
  });

  test('a table that is evaluated can be opened', async (t) => {
    const client = await stdio(t);
    const { frame } = await stopAt(client, ORDER, 13);
    const { body } = await client.evaluateRequest({ expression: '{10, 20, name = "x"}', context: 'repl', frameId: frame.id });
    assert.ok(body.variablesReference > 0);
    const fields = shown(await children(client, body.variablesReference));
    assert.deepEqual([fields['[1]'], fields['[2]'], fields.name], ['10', '20', '"x"']);
  });

  test('an assignment in the console changes the script', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const { frame, threadId } = await stopAt(client, ORDER, 18);
    await client.evaluateRequest({ expression: 'first = 1000', context: 'repl', frameId: frame.id });
    assert.equal(await runToEnd(client, threadId), 0);
    assert.equal(text.stdout, 'total\t1090\n');
  });

  test('setVariable changes a local, an upvalue and a field', async (t) => {
    const client = await stdio(t);
    const text = outputs(client);
    const { frame, threadId } = await stopAt(client, ORDER, 11);
    const scopes = (await client.scopesRequest({ frameId: frame.id })).body.scopes;
    const reference = (name) => scopes.find((s) => s.name === name).variablesReference;
    const set = async (variablesReference, name, value) =>
      (await client.setVariableRequest({ variablesReference, name, value })).body.value;

    assert.equal(await set(reference('Locals'), 'price', '100 + 1'), '101');
    const prices = (await children(client, reference('Upvalues'))).find((v) => v.name === 'prices');
    assert.equal(await set(prices.variablesReference, 'pear', '7'), '7');
    await assert.rejects(set(reference('Locals'), 'nonsense', '1'), /nonsense/);
    await assert.rejects(set(reference('Locals'), 'price', '1 +'), /./);

    const next = await resume(client, 'next', threadId);
    assert.equal(shown(await variablesOf(client, next.frame, 'Locals')).sum, '303');
    await client.setBreakpointsRequest({ source: { path: ORDER }, breakpoints: [] });
    assert.equal(await runToEnd(client, threadId), 0);
    assert.equal(text.stdout, 'total\t317\n');
  });
});
