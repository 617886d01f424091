import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv from 'ajv';
import { URI } from './uri';
import * as stub from './vscode';
import { activate, deactivate } from '../src/extension';
import { SERVER_SECTIONS } from '../src/language/server';

interface Setting {
  readonly type?: unknown;
  readonly default: unknown;
  readonly scope?: string;
  readonly markdownDescription?: string;
}
interface Manifest {
  readonly icon: string;
  readonly main: string;
  readonly activationEvents: string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: unknown; readonly description: string }; readonly virtualWorkspaces: unknown };
  readonly contributes: {
    readonly configuration: { properties: Record<string, Setting> }[];
    readonly commands: { command: string; title: string }[];
    readonly menus: Record<string, { command?: string }[]>;
    readonly problemMatchers: { name: string; pattern: { regexp: string } }[];
    readonly walkthroughs: { steps: { description: string; media: { markdown: string }; completionEvents: string[] }[] }[];
  };
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { contributes } = manifest;
const properties = Object.assign({}, ...contributes.configuration.map((section) => section.properties)) as Record<string, Setting>;

// What the language server announces, and its client registers as commands.
const SERVER_COMMANDS = ['llmspell.reindex', 'llmspell.reload'];

function sources(): string {
  const files = readdirSync('src', { recursive: true }).map(String).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n');
}

test('every command of the manifest is there once the extension is active', async () => {
  stub.reset();
  const context = { subscriptions: [] as { dispose(): unknown }[], extensionPath: '/nowhere', extensionUri: URI.file('/nowhere'), globalState: memento(), workspaceState: memento() };
  activate(context as never);
  for (const { command } of contributes.commands) {
    assert.ok(stub.registered.has(command) || SERVER_COMMANDS.includes(command), command);
  }
  await deactivate();
  context.subscriptions.reverse().forEach((one) => one.dispose());
  assert.equal(stub.registered.size, 0, `still registered: ${[...stub.registered.keys()].join()}`);
});

function memento() {
  const values = new Map<string, unknown>();
  return { get: (key: string, fallback?: unknown) => values.get(key) ?? fallback, update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [...values.keys()] };
}

test('menus and steps name commands that there are', () => {
  const known = new Set(contributes.commands.map((one) => one.command));
  for (const items of Object.values(contributes.menus)) {
    items.forEach((item) => assert.ok(item.command === undefined || known.has(item.command), item.command));
  }
  for (const { steps } of contributes.walkthroughs) {
    for (const step of steps) {
      assert.ok(existsSync(step.media.markdown), step.media.markdown);
      for (const [, command] of step.description.matchAll(/\(command:([\w.]+)\)/g)) {
        assert.ok(known.has(command!), command);
      }
    }
  }
});

test('workspaces that are not trusted are refused, with the reason, and those without files too', () => {
  const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, false, 'the extension runs programs of the workspace');
  assert.match(untrustedWorkspaces.description, /runs .*programs.* trust/);
  assert.equal(virtualWorkspaces, false);
});

test('settings of the language server, which is one for all folders, are not offered for each folder', () => {
  const own = Object.entries(properties).filter(([name]) => SERVER_SECTIONS.includes(name.split('.')[1]!));
  assert.ok(own.length >= SERVER_SECTIONS.length);
  for (const [name, { scope }] of own) assert.equal(scope, 'window', name);
});

test('settings have descriptions, and defaults that fit', () => {
  for (const [name, setting] of Object.entries(properties)) {
    assert.ok(setting.markdownDescription, name);
    const ajv = new Ajv({ strict: false });
    assert.ok(ajv.validate(setting, setting.default), `${name}: ${ajv.errorsText()}`);
  }
});

/** Whether sources read a setting by a part of its name: setting(`debug.${name}`) with list('secrets'), and the like. */
function named(text: string, name: string): boolean {
  const [, section, last] = name.split('.');
  const part = new RegExp(`\\bsetting(?:<[^(]*>)?\\(\\s*\`${section}\\.\\$\\{`).test(text);
  return last !== undefined && part && text.includes(`'${last}'`);
}

test('settings that are read are in the manifest, and the other way round', () => {
  const text = sources();
  const read = new Set([...text.matchAll(/\bsetting(?:<[^(]*>)?\(\s*'([\w.]+)'/g)].map((match) => `llmspell.${match[1]}`));
  for (const name of read) {
    assert.ok(properties[name], `${name} is read, and not in package.json`);
  }
  for (const name of Object.keys(properties)) {
    const [, section = ''] = name.split('.');
    const server = SERVER_SECTIONS.includes(section) || name === 'llmspell.trace.server';
    assert.ok(server || read.has(name) || named(text, name), `${name} is read nowhere`);
  }
});

test('settings of the language server are those that it documents', () => {
  const docs = readFileSync('../../docs/lsp.md', 'utf8').split('\n## Settings\n')[1]!.split('\n## ')[0]!;
  const documented = new Map([...docs.matchAll(/^\| `([\w.]+)` \| `([^`]*)` \|/gm)].map(([, name, value]) => [`llmspell.${name}`, JSON.parse(value!) as unknown]));
  assert.ok(documented.size > 10);
  for (const [name, value] of documented) {
    assert.deepEqual(properties[name]?.default, value, name);
  }
  for (const name of Object.keys(properties)) {
    assert.ok(!SERVER_SECTIONS.includes(name.split('.')[1] ?? '') || documented.has(name), `${name} is not documented`);
  }
});

test('what check prints is matched', () => {
  const matcher = contributes.problemMatchers.find((one) => one.name === 'llmspell-check');
  const pattern = new RegExp(matcher!.pattern.regexp);
  assert.deepEqual(pattern.exec('lib/a b.lua:2:7: warning: the global variable y is defined nowhere [undefined-global]')?.slice(1), [
    'lib/a b.lua', '2', '7', 'warning', 'the global variable y is defined nowhere', 'undefined-global',
  ]);
  assert.deepEqual(pattern.exec('a.lua:4:1: error: unexpected symbol near \'<eof>\' [syntax]')?.slice(1, 5), ['a.lua', '4', '1', 'error']);
  assert.equal(pattern.exec('2 findings in 1 files'), null);
  const absolute = new RegExp(contributes.problemMatchers.find((one) => one.name === 'llmspell-check-absolute')!.pattern.regexp);
  for (const file of ['/w/a.lua', 'C:\\w\\a.lua', 'c:/w/a.lua']) {
    assert.equal(pattern.exec(`${file}:4:1: error: wrong [syntax]`), null, 'each line belongs to one of them');
    assert.equal(absolute.exec(`${file}:4:1: error: wrong [syntax]`)?.[1], file);
  }
  assert.equal(absolute.exec('lib/a.lua:4:1: error: wrong [syntax]'), null);
});

test('what is packed is there', () => {
  assert.ok(existsSync(manifest.icon));
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) {
    assert.ok(existsSync(name), name);
  }
  assert.ok(!manifest.activationEvents.includes('*'), 'it is active only where it is needed');
});
