/** Flags with a value, which may be the next word. */
const WITH_VALUE = new Set(['timeout', 'max-instructions', 'max-memory', 'mcp-config', 'sandbox', 'run', 'format', 'coverage', 'config', 'set', 'trace', 'profile', 'output', 'otel-endpoint']);

/** Flags of `llmspell test` that say which tests run and how that is told. A debug session knows both. */
const TESTS_OWN = new Set(['run', 'list', 'format', 'coverage', 'verbose', 'v']);

/**
 * What flags of `llmspell test` mean in a configuration that debugs a test: permissions become
 * attributes, added to those that are given, limits and the like flags of the adapter.
 */
export function debugAttributes(flags: readonly string[], given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const attributes: Record<string, unknown> = { ...given };
  const adapterArgs: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const word = flags[i]!;
    const [, name = '', joined] = /^--?([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    const apart = joined === undefined && WITH_VALUE.has(name) ? flags[++i] : undefined;
    const value = joined ?? apart;
    const permission = /^(allow|deny)-(read|write|net|run|env|db)$/.exec(name);
    if (permission) {
      const attribute = permission[1]! + permission[2]![0]!.toUpperCase() + permission[2]!.slice(1);
      attributes[attribute] = added(attributes[attribute], value);
    } else if (name === 'allow-all' || name === 'A') {
      attributes['allowAll'] = true;
      delete attributes['sandbox'];
    } else if (name === 'sandbox') {
      attributes['sandbox'] = value;
    } else if (!TESTS_OWN.has(name)) {
      adapterArgs.push(word, ...(apart === undefined ? [] : [apart]));
    }
  }
  // The language server's process has flags of its own.
  return adapterArgs.length > 0 ? { ...attributes, adapterArgs, adapter: 'process' } : attributes;
}

/** A list of permissions with those of a flag; true is all of a kind. */
function added(known: unknown, value: string | undefined): unknown {
  if (known === true || value === undefined || value === '*') {
    return true;
  }
  return [...((known as string[] | undefined) ?? []), ...value.split(',')];
}
