import { randomBytes } from 'node:crypto';

// A text in a number's place while JSON.parse and JSON.stringify are at work: nobody can guess how it begins.
const MARK = `${randomBytes(16).toString('hex')}:`;

/** Strings, and numbers between them. */
const TOKEN = /"(?:\\[^]|[^"\\])*"|-?\d[\d.eE+-]*/g;

/** An integer: a bigint if a number would be another one. */
export function exactInteger(text: string): number | bigint {
  const value = Number(text);
  return BigInt(value) === BigInt(text) ? value : BigInt(text);
}

/** Reads JSON. An integer that no number can hold is a bigint. */
export function parseExact(text: string): unknown {
  let marked = false;
  const safe = text.replace(TOKEN, (token) => {
    if (!/^-?[1-9]\d{15,}$/.test(token) || typeof exactInteger(token) === 'number') {
      return token;
    }
    marked = true;
    return `"${MARK}${token}"`;
  });
  return JSON.parse(safe, marked ? (_key, value: unknown) => (typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value) : undefined) as unknown;
}

/** Writes JSON, with bigints as the integers that they are. */
export function stringifyExact(value: unknown, indent?: number): string {
  let marked = false;
  const mark = (_key: string, item: unknown) => {
    if (typeof item !== 'bigint') {
      return item;
    }
    marked = true;
    return MARK + String(item);
  };
  const text = JSON.stringify(value, mark, indent);
  return marked ? text.replaceAll(new RegExp(`"${MARK}(-?\\d+)"`, 'g'), '$1') : text;
}
