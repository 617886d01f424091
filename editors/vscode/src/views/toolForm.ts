import { exactInteger, parseExact, stringifyExact } from './exactJson';
import type { Envelope, Schema } from './toolModel';

/**
 * How a parameter is entered: any is text, or JSON where it is some other than a text; json is
 * JSON alone.
 */
export type Control = 'text' | 'area' | 'number' | 'checkbox' | 'select' | 'json' | 'any';

/** A parameter in the form of a tool. */
export interface Field {
  readonly name: string;
  readonly control: Control;
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
  /** Its kinds for people: "string", "array or string". */
  readonly kind: string;
  /** What it must not show. */
  readonly secret: boolean;
}

/** What a form holds: the state of checkboxes, the text of all else. */
export type Values = Readonly<Record<string, string | boolean>>;

/** What a form's values are: parameters, or what is wrong with fields, by their names. */
export interface Collected {
  readonly params: Readonly<Record<string, unknown>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** Texts that may be this long, in characters, get a field of several lines. */
const LONG = 1024;

const SECRET = /(^|_)(password|passphrase|secret|token|api_key|private_key)$/i;

/** The fields of a tool's parameters: those that it needs first, then in the order of the schema. */
export function fieldsOf(parameters: Schema): Field[] {
  const required = new Set(parameters.required ?? []);
  const fields = Object.entries(parameters.properties ?? {}).map(([name, schema]) => fieldOf(name, schema, required.has(name)));
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

function fieldOf(name: string, schema: Schema, required: boolean): Field {
  const types = typesOf(schema);
  const control = controlOf(schema, types);
  return {
    name,
    control,
    required,
    description: schema.description ?? '',
    schema,
    kind: control === 'select' ? 'choice' : types.join(' or ') || 'any',
    secret: control === 'text' && SECRET.test(name),
  };
}

function typesOf(schema: Schema): string[] {
  const types = typeof schema.type === 'string' ? [schema.type] : [...(schema.type ?? [])];
  return types.filter((type) => type !== 'null');
}

function controlOf(schema: Schema, types: readonly string[]): Control {
  if (schema.enum && schema.enum.length > 0) {
    return 'select';
  }
  if (types.length !== 1) {
    return types.length === 0 || types.includes('string') ? 'any' : 'json';
  }
  switch (types[0]) {
    case 'boolean':
      return 'checkbox';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return (schema.maxLength ?? 0) > LONG ? 'area' : 'text';
    default:
      return 'json';
  }
}

/** What a form shows at first: the defaults, or the parameters that are given. */
export function initialValues(fields: readonly Field[], given: Readonly<Record<string, unknown>> = {}): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  for (const field of fields) {
    const value = field.name in given ? given[field.name] : field.schema.default;
    values[field.name] = field.control === 'checkbox' ? value === true : textOf(field, value);
  }
  return values;
}

function textOf(field: Field, value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (field.control === 'json') {
    return stringifyExact(value, 2);
  }
  if (typeof value !== 'string') {
    return stringifyExact(value, field.control === 'any' ? 2 : undefined);
  }
  // A text that would be read as something else is written as JSON.
  return field.control === 'any' && readAny(value) !== value ? JSON.stringify(value) : value;
}

/**
 * Reads a form. What is empty, or as it is without being said, is left out, but for what the
 * tool needs: a text may be empty, if the tool takes that.
 */
export function collect(fields: readonly Field[], values: Values): Collected {
  const params: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const entered = values[field.name];
    const read = typeof entered === 'boolean' ? { value: entered } : readText(field, entered ?? '');
    if ('error' in read) {
      errors[field.name] = read.error;
    } else if (read.value === undefined) {
      if (field.required && field.control !== 'checkbox') {
        errors[field.name] = `${field.name} is needed`;
      }
    } else if (field.required || !isDefault(field, read.value)) {
      params[field.name] = read.value;
    }
  }
  return { params, errors };
}

function isDefault(field: Field, value: unknown): boolean {
  const normal = field.schema.default ?? (field.control === 'checkbox' ? false : undefined);
  return normal !== undefined && stringifyExact(normal) === stringifyExact(value);
}

type Read = { readonly value: unknown } | { readonly error: string };

function readText(field: Field, text: string): Read {
  const { schema } = field;
  if (field.control === 'text' || field.control === 'area') {
    return text === '' && !emptyIsMeant(field) ? { value: undefined } : checkLength(schema, text);
  }
  if (text.trim() === '') {
    return { value: undefined };
  }
  switch (field.control) {
    case 'select': {
      const chosen = (schema.enum ?? []).find((value) => optionText(value) === text);
      return chosen === undefined ? { error: `${JSON.stringify(text)} is none of the values` } : { value: chosen };
    }
    case 'number':
      return readNumber(schema, text.trim());
    case 'any':
      return { value: readAny(text) };
    default:
      return readJSON(field, text);
  }
}

/** Whether nothing in the field of a text is a text without letters: where one is needed, or stands for the one that was there. */
function emptyIsMeant({ required, schema }: Field): boolean {
  return (schema.minLength ?? 0) === 0 && (required || (typeof schema.default === 'string' && schema.default !== ''));
}

function checkLength(schema: Schema, text: string): Read {
  const length = [...text].length;
  if (length < (schema.minLength ?? 0)) {
    return { error: `at least ${schema.minLength} characters are needed` };
  }
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    return { error: `at most ${schema.maxLength} characters are taken, these are ${length}` };
  }
  return { value: text };
}

function readNumber(schema: Schema, text: string): Read {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(Number(text))) {
    return { error: `${JSON.stringify(text)} is no number` };
  }
  const value = /^[-+]?\d+$/.test(text) ? exactInteger(text.replace('+', '')) : Number(text);
  if (typesOf(schema)[0] === 'integer' && !isInteger(value)) {
    return { error: 'a whole number is needed' };
  }
  if (schema.minimum !== undefined && value < schema.minimum) {
    return { error: `at least ${schema.minimum} is needed` };
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    return { error: `at most ${schema.maximum} is taken` };
  }
  return { value };
}

function readAny(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return text;
  }
}

function readJSON(field: Field, text: string): Read {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    return { error: `this is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const types = typesOf(field.schema);
  return types.length === 0 || types.some((type) => isOfType(type, value)) ? { value } : { error: `JSON of the kind ${field.kind} is needed` };
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return isInteger(value);
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    default:
      return typeof value === type;
  }
}

function isInteger(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** How a value of an enum stands in the list. */
export function optionText(value: unknown): string {
  return typeof value === 'string' ? value : stringifyExact(value);
}

/**
 * The field that a failed call complains of, by the runtime's own words; undefined if it is none
 * of the form's.
 */
export function fieldOfError(fields: readonly Field[], error: NonNullable<Envelope['error']>): string | undefined {
  const path = error.details?.['field'];
  if (typeof path !== 'string') {
    return undefined;
  }
  const name = path.split(/[.[]/, 1)[0];
  return fields.some((field) => field.name === path) ? path : fields.find((field) => field.name === name)?.name;
}

/** Splits flags as a shell does: at spaces, with '…' and "…" around what has some. */
export function splitFlags(text: string): string[] {
  const out: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g)) {
    out.push(word.replace(/"([^"]*)"|'([^']*)'/g, (_all, double?: string, single?: string) => double ?? single ?? ''));
  }
  return out;
}
