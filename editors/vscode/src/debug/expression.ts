import * as vscode from 'vscode';

/** Words of Lua's that are no variables. */
const WORDS = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(' '),
);

/** Where in a line an expression stands. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The expression that is meant by a place of a line: the name there with what comes before it,
 * `a.b[1].c`; of `a.b:c` the field `a.b.c`. Nothing in it can be a call, because that may change
 * something: where one is in the way, in strings, comments, numbers and at Lua's words there is none.
 */
export function expressionAt(line: string, at: number, skipped: readonly Range[] = literals(line)): Span | undefined {
  if (skipped.some(([from, to]) => at >= from && at < to)) {
    return undefined;
  }
  let end = at;
  while (end < line.length && /\w/.test(line[end]!)) {
    end++;
  }
  let start = at;
  while (start > 0 && /\w/.test(line[start - 1]!)) {
    start--;
  }
  const name = line.slice(start, end);
  if (!/^[A-Za-z_]\w*$/.test(name) || WORDS.has(name)) {
    return undefined;
  }
  const from = before(line, start, skipped);
  if (from === undefined) {
    return undefined;
  }
  const text = line.slice(from, end).replace(/\s*:\s*(\w+)$/, '.$1');
  return { start: from, end, text };
}

/** Where the chain begins that a name at an offset continues; undefined if that cannot be evaluated. */
function before(line: string, start: number, skipped: readonly Range[]): number | undefined {
  let i = start;
  for (;;) {
    const dot = blanks(line, i) - 1;
    const c = line[dot];
    if (c === '.' && line[dot - 1] === '.') {
      return i; // concatenation
    }
    if (c === ':' && line[dot - 1] === ':') {
      return undefined; // a label
    }
    if (c !== '.' && c !== ':') {
      // A key of a table constructor, as in { name = 1 }, looks like a variable: it is shown as one.
      return i;
    }
    const owner = object(line, blanks(line, dot), skipped);
    if (owner === undefined) {
      return undefined;
    }
    i = owner;
  }
}

/** Where the name, with its indexes, begins that ends at an offset; undefined for calls, literals and brackets. */
function object(line: string, end: number, skipped: readonly Range[]): number | undefined {
  let i = end;
  while (line[i - 1] === ']') {
    const open = opening(line, i - 1, skipped);
    if (open === undefined || /\(/.test(withoutLiterals(line, open, i, skipped))) {
      return undefined;
    }
    i = blanks(line, open);
  }
  const stop = i;
  while (i > 0 && /\w/.test(line[i - 1]!)) {
    i--;
  }
  const name = line.slice(i, stop);
  if (!/^[A-Za-z_]\w*$/.test(name) || WORDS.has(name)) {
    return undefined;
  }
  return i;
}

/** The bracket that a closing one at an offset belongs to. */
function opening(line: string, close: number, skipped: readonly Range[]): number | undefined {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    const literal = skipped.find(([from, to]) => i >= from && i < to);
    if (literal) {
      i = literal[0];
      continue;
    }
    if (line[i] === ']') {
      depth++;
    } else if (line[i] === '[' && --depth === 0) {
      return i;
    }
  }
  return undefined;
}

function blanks(line: string, from: number): number {
  let i = from;
  while (i > 0 && /\s/.test(line[i - 1]!)) {
    i--;
  }
  return i;
}

function withoutLiterals(line: string, from: number, to: number, skipped: readonly Range[]): string {
  let text = '';
  for (let i = from; i < to; i++) {
    if (!skipped.some(([a, b]) => i >= a && i < b)) {
      text += line[i];
    }
  }
  return text;
}

type Range = readonly [from: number, to: number];

/** The strings and comments of a text, as Lua reads it from its beginning. */
export function literals(text: string): Range[] {
  const found: Range[] = [];
  const long = (equals: string, n: number) => `\\[(${equals})\\[[^]*?(?:\\]\\${n}\\]|$(?![^]))`;
  const quoted = (quote: string) => `${quote}(?:\\\\[^]|[^${quote}\\\\\\n])*(?:${quote}|$)`;
  const pattern = new RegExp([`--${long('=*', 1)}`, '--.*$', long('=*', 2), quoted('"'), quoted("'")].join('|'), 'gm');
  for (const match of text.matchAll(pattern)) {
    found.push([match.index, match.index + match[0].length]);
  }
  return found;
}

/** Those of a line of a text, which may begin before it. */
function literalsOfLine(document: vscode.TextDocument, line: number): Range[] {
  const { range, text } = document.lineAt(line);
  const before = document.getText(new vscode.Range(new vscode.Position(0, 0), range.start));
  return literals(before + text)
    .filter(([, to]) => to > before.length)
    .map(([from, to]) => [Math.max(0, from - before.length), to - before.length]);
}

/** Tells the editor what to evaluate where the mouse is while a script is stopped. */
export class Expressions implements vscode.EvaluatableExpressionProvider {
  provideEvaluatableExpression(document: vscode.TextDocument, position: vscode.Position): vscode.EvaluatableExpression | undefined {
    const { line, character } = position;
    const span = expressionAt(document.lineAt(line).text, character, literalsOfLine(document, line));
    return span && new vscode.EvaluatableExpression(new vscode.Range(line, span.start, line, span.end), span.text);
  }
}
