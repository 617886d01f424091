import { stringifyExact } from './exactJson';
import type { Tool } from './toolModel';
import { fieldsOf, type Field } from './toolForm';

/** The most levels of tables in a call; deeper ones are JSON texts that a script parses. */
const MAX_DEPTH = 50;

/**
 * A call of a tool as a snippet with placeholders: what it needs, and what its first example
 * gives. With assign it stands on a line of its own.
 */
export function callSnippet(tool: Tool, assign: boolean): string {
  const example = tool.examples?.[0]?.params ?? {};
  const fields = fieldsOf(tool.parameters).filter((field) => field.required || field.name in example);
  let stop = assign ? 2 : 1;
  const lines = fields.map((field) => `\t${escapeSnippet(luaKey(field.name))} = ${placeholder(field, example[field.name], stop++)},\n`);
  const call = `Tool.execute(${escapeSnippet(luaString(tool.name))}, {${lines.length > 0 ? '\n' : ''}${lines.join('')}})`;
  return assign ? `local \${1:result} = ${call}\n$0` : `${call}$0`;
}

function placeholder(field: Field, example: unknown, stop: number): string {
  const values = field.schema.enum;
  if (field.control === 'select' && values) {
    const choices = values.map((value) => luaValue(value).replace(/[\\$},|]/g, '\\$&'));
    const first = example === undefined ? undefined : luaValue(example).replace(/[\\$},|]/g, '\\$&');
    const ordered = first === undefined ? choices : [first, ...choices.filter((choice) => choice !== first)];
    return `\${${stop}|${ordered.join(',')}|}`;
  }
  const value = example ?? field.schema.default ?? emptyValue(field);
  return typeof value === 'string' ? `"\${${stop}:${escapeSnippet(luaString(value).slice(1, -1))}}"` : `\${${stop}:${escapeSnippet(luaValue(value))}}`;
}

function emptyValue(field: Field): unknown {
  switch (field.control) {
    case 'number':
      return field.schema.minimum ?? 0;
    case 'checkbox':
      return false;
    case 'json':
      return {};
    default:
      return '';
  }
}

/** A call of a tool with parameters, as Lua. */
export function callText(name: string, params: Readonly<Record<string, unknown>>): string {
  return `Tool.execute(${luaString(name)}, ${luaValue(params)})`;
}

/** A JSON value as Lua. null is nil in a table's field, and JSON's null has no place in a list. */
export function luaValue(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return luaString(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : '0/0';
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      break;
    default:
      return 'nil';
  }
  if (value === null) {
    return 'nil';
  }
  if (depth > MAX_DEPTH) {
    return luaString(stringifyExact(value));
  }
  if (Array.isArray(value)) {
    return `{ ${value.map((item) => luaValue(item, depth + 1)).join(', ')} }`.replace('{  }', '{}');
  }
  const fields = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return fields.length === 0 ? '{}' : `{ ${fields.map(([key, item]) => `${luaKey(key)} = ${luaValue(item, depth + 1)}`).join(', ')} }`;
}

const KEYWORDS = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(' '),
);

function luaKey(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name) ? name : `[${luaString(name)}]`;
}

/** A text as a Lua string, on one line. */
export function luaString(text: string): string {
  const escaped = text.replace(/[\\"\u0000-\u001f\u007f]/g, (char) => {
    switch (char) {
      case '\\':
      case '"':
        return `\\${char}`;
      case '\n':
        return '\\n';
      case '\r':
        return '\\r';
      case '\t':
        return '\\t';
      default:
        return `\\${String(char.charCodeAt(0)).padStart(3, '0')}`;
    }
  });
  return `"${escaped}"`;
}

/** A text that a snippet gives as it is. */
export function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
