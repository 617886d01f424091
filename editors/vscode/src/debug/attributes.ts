import type { DebugConfiguration } from 'vscode';

/** As much of JSON Schema as the attributes of configurations use. */
export interface AttributeSchema {
  readonly type?: string | readonly string[];
  readonly items?: AttributeSchema;
  readonly properties?: Readonly<Record<string, AttributeSchema>>;
  readonly additionalProperties?: boolean | AttributeSchema;
  readonly oneOf?: readonly AttributeSchema[];
}

/** The attributes of a request by their names. */
export type Attributes = Readonly<Record<string, AttributeSchema>>;

/** The part of the extension's manifest that describes configurations. */
interface Manifest {
  readonly contributes?: { readonly debuggers?: readonly { readonly configurationAttributes: Readonly<Record<string, { readonly properties: Attributes }>> }[] };
}

// What the editor itself takes from a configuration.
const EDITOR = [
  'type', 'request', 'name', 'presentation', 'preLaunchTask', 'postDebugTask', 'internalConsoleOptions', 'debugServer', 'serverReadyAction',
  'suppressMultipleSessionView', 'windows', 'osx', 'linux', 'restart',
];

/** The attributes of a request that the manifest describes; none if it does not know the request. */
export function attributesOf(manifest: unknown, request: string): Attributes {
  return (manifest as Manifest | undefined)?.contributes?.debuggers?.[0]?.configurationAttributes[request]?.properties ?? {};
}

/**
 * What the first attribute of a wrong type should be, in a sentence; undefined if all types fit.
 * What is null counts as left out.
 */
export function typeProblem(config: DebugConfiguration, attributes: Attributes): string | undefined {
  for (const [name, schema] of Object.entries(attributes)) {
    const value: unknown = config[name];
    const wrong = value === undefined || value === null ? undefined : mismatch(schema, value, name);
    if (wrong) {
      return wrong;
    }
  }
  return undefined;
}

function mismatch(schema: AttributeSchema, value: unknown, path: string): string | undefined {
  if (schema.oneOf) {
    const kinds = schema.oneOf.filter((one) => fits(one, value));
    if (kinds.length === 0) {
      return `"${path}" must be ${schema.oneOf.map(describe).join(' or ')}, and is ${got(value)}.`;
    }
    const wrongs = kinds.map((one) => mismatch(one, value, path));
    return wrongs.includes(undefined) ? undefined : wrongs[0];
  }
  if (!fits(schema, value)) {
    return `"${path}" must be ${describe(schema)}, and is ${got(value)}.`;
  }
  if (Array.isArray(value)) {
    return firstOf(value.map((item, i) => schema.items && mismatch(schema.items, item, `${path}[${i}]`)));
  }
  if (typeof value === 'object' && value !== null) {
    const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return firstOf(
      Object.entries(value).map(([name, item]) => {
        const of = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : rest;
        return of && mismatch(of, item, `${path}.${name}`);
      }),
    );
  }
  return undefined;
}

function firstOf(wrongs: readonly (string | undefined)[]): string | undefined {
  return wrongs.find((wrong) => wrong !== undefined);
}

/** Whether a value is of the schema's type, whatever is in it. */
function fits(schema: AttributeSchema, value: unknown): boolean {
  return schema.type === undefined || [schema.type].flat().some((type) => type === typeOf(value) || (type === 'integer' && Number.isInteger(value)));
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string', boolean: 'true or false', number: 'a number', integer: 'a whole number', array: 'a list', object: 'an object', null: 'null',
};

function describe(schema: AttributeSchema): string {
  if (schema.type === 'array' && schema.items?.type === 'string') {
    return 'a list of strings';
  }
  return [schema.type ?? []].flat().map((type) => NAMES[type] ?? type).join(' or ');
}

function got(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  const type = typeof value === 'boolean' || value === null ? '' : `${NAMES[typeOf(value)] ?? typeOf(value)}: `;
  return type + (text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** The attributes that nothing knows and that are near to one that is known, with that one. */
export function misspelt(config: DebugConfiguration, attributes: Attributes): { readonly name: string; readonly meant: string }[] {
  const known = Object.keys(attributes);
  return Object.keys(config)
    .filter((name) => known.length > 0 && !name.startsWith('__') && !EDITOR.includes(name) && !known.includes(name))
    .flatMap((name) => {
      const [best] = known.map((meant) => ({ meant, far: distance(name.toLowerCase(), meant.toLowerCase()) })).sort((a, b) => a.far - b.far);
      return best && best.far <= Math.max(1, Math.floor(name.length / 4)) ? [{ name, meant: best.meant }] : [];
    });
}

/** How many letters are to be inserted, left out or changed to make one text of another (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
