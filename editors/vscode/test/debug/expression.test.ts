import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expressionAt, Expressions, literals } from '../../src/debug/expression';
import { Position, Range } from '../vscode';

// The bar is the mouse: it stands before the character that it points at.
const cases: readonly (readonly [line: string, expression: string | undefined])[] = [
  ['|total = total + 1', 'total'],
  ['print(to|tal)', 'total'],
  ['a.b[1]:|c(x)', 'a.b[1].c'],
  ['a.b[1]:c(|x)', 'x'],
  ['a.|b[1]:c(x)', 'a.b'],
  ['|a.b[1]:c(x)', 'a'],
  ['a . b . |c', 'a . b . c'],
  ['t["a b"].|x', 't["a b"].x'],
  ["t['].'].|x", "t['].'].x"],
  ['t[i + 1].|x', 't[i + 1].x'],
  ['t[u[j]][2].|x', 't[u[j]][2].x'],
  ['t[|i]', 'i'],
  ['t[ [[x]] ].|y', 't[ [[x]] ].y'],
  ['t[[x]].|y', undefined],
  ['f(x).|y', undefined],
  ['f(x)[1].|y', undefined],
  ['t[f()].|y', undefined],
  ['t["f()"].|y', 't["f()"].y'],
  ['("x"):|rep(3)', undefined],
  ['"x" .. |name', 'name'],
  ['x..|name', 'name'],
  ['"na|me"', undefined],
  ["'it\\'s na|me'", undefined],
  ['[[na|me]]', undefined],
  ['x = 1 -- na|me', undefined],
  ['--[[ a ]] |x = 1', 'x'],
  ['local |x <const> = 1', 'x'],
  ['lo|cal x = 1', undefined],
  ['if |not x then', undefined],
  ['x = 0x|1F', undefined],
  ['x = 1e|5', undefined],
  ['::|label::', undefined],
  ['x = {|name = 1}', 'name'],
  ['end|', undefined],
  ['x|', 'x'],
  ['| x', undefined],
  ['|', undefined],
  ['.|x', undefined],
  ['a].|x', undefined],
  ['nil.|x', undefined],
  ['self.|items[1]', 'self.items'],
  ['x = y_1|.z', 'y_1'],
];

for (const [marked, expression] of cases) {
  test(marked, () => {
    const at = marked.indexOf('|');
    const line = marked.replace('|', '');
    const span = expressionAt(line, at);
    assert.equal(span?.text, expression);
    if (span) {
      assert.ok(span.start <= at && at <= span.end, 'it is where the mouse is');
      assert.equal(line.slice(span.start, span.end).replace(':', '.'), span.text);
    }
  });
}

test('long lines take no time', () => {
  const line = `x${'[1]'.repeat(2000)}.y`;
  assert.equal(expressionAt(line, line.length)?.start, 0);
  assert.equal(expressionAt('"'.repeat(20_000), 5), undefined);
});

test('every place of odd lines has an answer', () => {
  const odd = ['a[[', ']]]].x', '"\\', "x'[[", '--[==[ x ]=] y', '....', ':::x', 'a.b:c.d:e', '\t\t', 'é.x', '𝒙.y'];
  for (const line of odd) {
    for (let at = 0; at <= line.length; at++) {
      assert.doesNotThrow(() => expressionAt(line, at), `${line} at ${at}`);
    }
  }
});

// The whole document is given; "|" is the mouse.
const documents: readonly (readonly [text: string, expression: string | undefined])[] = [
  ['x = [[\nna|me\n]]', undefined],
  ['x = [==[\n]]\nna|me\n]==] .. y', undefined],
  ['x = [==[\nname\n]==] .. |y', 'y'],
  ['--[[\nna|me\n]]', undefined],
  ['--[[ one ]] -- [[\nna|me', 'name'],
  ['-- [[\nna|me', 'name'],
  ['x = "one\\\nna|me"', undefined],
  ['x = "not ended\nna|me', 'name'],
  ["-- it's\nna|me", 'name'],
  ['s = "--[["\nna|me', 'name'],
  ['--[[ not ended\n\nna|me', undefined],
  ['a = b[c[1]]\nt[ [[\nx]] ].|y', undefined],
];

for (const [marked, expression] of documents) {
  test(JSON.stringify(marked), () => {
    const before = marked.slice(0, marked.indexOf('|')).split('\n');
    const lines = marked.replace('|', '').split('\n');
    const line = before.length - 1;
    const document = {
      lineAt: (n: number) => ({ text: lines[n]!, range: new Range(n, 0, n, lines[n]!.length) }),
      getText: (range: Range) => lines.slice(0, range.end.line).map((text) => `${text}\n`).join(''),
    };
    const found = new Expressions().provideEvaluatableExpression(document as never, new Position(line, before[line]!.length) as never);
    assert.equal(found?.expression, expression);
  });
}

test('a long document takes no time', () => {
  const text = "local s = [[ it's ]] -- \"x\n".repeat(100_000);
  const began = performance.now();
  assert.equal(literals(text).length, 200_000);
  assert.ok(performance.now() - began < 2000);
});
