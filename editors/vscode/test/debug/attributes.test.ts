import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { attributesOf, misspelt, typeProblem } from '../../src/debug/attributes';

const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
const launch = attributesOf(manifest, 'launch');
const attach = attributesOf(manifest, 'attach');
const config = (more: object) => ({ type: 'llmspell', request: 'launch', name: 'x', ...more });

test('attributes of wrong types are told, with what they should be', () => {
  for (const [more, text] of [
    [{ args: '-x' }, '"args" must be a list of strings, and is a string: "-x".'],
    [{ args: ['a', 1] }, '"args[1]" must be a string, and is a number: 1.'],
    [{ env: { A: 1 } }, '"env.A" must be a string or null, and is a number: 1.'],
    [{ env: ['A=1'] }, '"env" must be an object, and is a list: ["A=1"].'],
    [{ stopOnEntry: 'yes' }, '"stopOnEntry" must be true or false, and is a string: "yes".'],
    [{ timeout: '5s' }, '"timeout" must be a number, and is a string: "5s".'],
    [{ instructionBudget: 1.5 }, '"instructionBudget" must be a whole number, and is a number: 1.5.'],
    [{ adapterArgs: '--read-only' }, '"adapterArgs" must be a list of strings, and is a string: "--read-only".'],
    [{ allowNet: 5 }, '"allowNet" must be true or false or a string or a list of strings, and is a number: 5.'],
    [{ allowNet: ['a', true] }, '"allowNet[1]" must be a string, and is true.'],
    [{ headless: { expect: 'x' } }, '"headless.expect" must be a list of strings, and is a string: "x".'],
    [{ pathMappings: [{ localRoot: 1, remoteRoot: '/a' }] }, '"pathMappings[0].localRoot" must be a string, and is a number: 1.'],
    [{ exceptionBreakpoints: [5] }, '"exceptionBreakpoints[0]" must be a string or an object, and is a number: 5.'],
  ] as const) {
    assert.equal(typeProblem(config(more), launch), text);
  }
});

test('what fits is let through, and so is what nothing describes', () => {
  for (const more of [
    {}, { args: [], env: { A: 'x', B: null }, timeout: 0.5, port: 1 }, { allowNet: true, allowRead: '/x', denyEnv: ['A'] }, { args: null, timeout: undefined },
    { pathMappings: { '/a': '/b' } }, { pathMappings: [{ localRoot: 'a', remoteRoot: 'b' }] }, { exceptionBreakpoints: ['all', { filter: 'error' }] }, { other: 1, __proto: 2, toString: 3 },
  ]) {
    assert.equal(typeProblem(config(more), launch), undefined, JSON.stringify(more));
  }
  assert.equal(typeProblem({ ...config({ connect: { port: 4711 } }), request: 'attach' }, attach), undefined);
  assert.equal(typeProblem(config({ args: 'x' }), attributesOf(undefined, 'launch')), undefined);
});

test('misspelt names are told, the editor\'s own and far ones are not', () => {
  const given = { progam: 'x', Args: [], stoponEntry: true, allowNetwork: true, preLaunchTask: 'x', presentation: {}, __sessionId: 1, comment: 'x', console: 'x' };
  assert.deepEqual(misspelt(config(given), launch), [
    { name: 'progam', meant: 'program' }, { name: 'Args', meant: 'args' }, { name: 'stoponEntry', meant: 'stopOnEntry' },
  ]);
  assert.deepEqual(misspelt(config(given), {}), []);
});
