import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv from 'ajv';
import { DynamicConfigurations } from '../../src/debug/configurations';
import { runnableConfiguration } from '../../src/debug/lenses';

interface Debugger {
  readonly type: string;
  readonly variables: Record<string, string>;
  readonly configurationAttributes: Record<string, { required?: string[]; properties: Record<string, { default?: unknown; markdownDescription?: string }> }>;
  readonly initialConfigurations: Configuration[];
  readonly configurationSnippets: { label: string; body: Configuration }[];
}
type Configuration = Record<string, unknown> & { request: string };

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { debuggers: Debugger[]; commands: { command: string }[] } };
const debuggerOf = manifest.contributes.debuggers[0]!;

// What the editor itself has in every configuration.
const common = { type: { const: 'llmspell' }, request: {}, name: { type: 'string', minLength: 1 } };

function check(config: Configuration): void {
  const attributes = debuggerOf.configurationAttributes[config.request];
  assert.ok(attributes, `there is no request ${config.request}`);
  const schema = { type: 'object', additionalProperties: false, required: ['type', 'request', 'name', ...(attributes.required ?? [])], properties: { ...common, ...attributes.properties } };
  const ajv = new Ajv({ strict: false, allErrors: true });
  const valid = ajv.validate(schema, config);
  assert.ok(valid, `${JSON.stringify(config)}: ${ajv.errorsText()}`);
}

// A snippet as it is when it is taken: placeholders have their texts, "^" makes JSON of a string.
function taken(value: unknown): unknown {
  if (typeof value === 'string') {
    const filled = value.replace(/(^|[^\\])\$\{\d+:([^}]*)\}/g, '$1$2').replace(/(^|[^\\])\$\d+/g, '$1');
    const text = filled.replace(/\\\$/g, '$');
    return text.startsWith('^') ? (JSON.parse(text.slice(1)) as unknown) : text;
  }
  if (Array.isArray(value)) {
    return value.map(taken);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, taken(item)]));
  }
  return value;
}

for (const { label, body } of debuggerOf.configurationSnippets) {
  test(`snippet ${label}`, () => {
    const config = taken(body) as Configuration;
    check(config);
    assert.doesNotMatch(JSON.stringify(config), /\\\\|\^|\$\d/);
  });
}

test('initial and dynamic configurations', () => {
  debuggerOf.initialConfigurations.forEach(check);
  const dynamic = new DynamicConfigurations().provideDebugConfigurations();
  assert.ok(dynamic.length >= 3);
  dynamic.forEach((config) => check(config as Configuration));
});

test('what a code lens starts', () => {
  check(runnableConfiguration({ uri: 'file:///w/a%20b.lua', line: 3, function: 'test_add', args: ['x'] }) as Configuration);
});

test('variables of configurations are commands', () => {
  const used = JSON.stringify(debuggerOf).match(/\$\{command:(\w+)\}/g) ?? [];
  assert.ok(used.length > 0);
  for (const variable of used) {
    assert.ok(debuggerOf.variables[variable.slice(10, -1)], variable);
  }
});

test('every attribute is described, and its default fits', () => {
  for (const [request, { properties }] of Object.entries(debuggerOf.configurationAttributes)) {
    for (const [name, schema] of Object.entries(properties)) {
      assert.ok(schema.markdownDescription, `${request} ${name}`);
      if (schema.default !== undefined) {
        const ajv = new Ajv({ strict: false });
        assert.ok(ajv.validate(schema, schema.default), `the default of ${request} ${name}: ${ajv.errorsText()}`);
      }
    }
  }
});

test('wrong configurations are found', () => {
  for (const wrong of [
    { request: 'launch', type: 'llmspell', name: 'x' },
    { request: 'launch', type: 'llmspell', name: 'x', program: 1 },
    { request: 'launch', type: 'llmspell', name: 'x', program: 'a.lua', sandbox: 'none' },
    { request: 'launch', type: 'llmspell', name: 'x', program: 'a.lua', allowNet: { a: 1 } },
    { request: 'attach', type: 'llmspell', name: 'x', port: '4711' },
    { request: 'attach', type: 'llmspell', name: 'x', kernel: 'dev', adapter: 'languageServer' },
    { request: 'attach', type: 'llmspell', name: 'x', exceptionBreakpoints: ['none'] },
  ]) {
    assert.throws(() => check(wrong), JSON.stringify(wrong));
  }
});
