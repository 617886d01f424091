import * as vscode from 'vscode';
import { setting } from '../settings';

/** Kinds of permissions, as the settings and the attributes of a configuration call them. */
const KINDS = ['read', 'write', 'net', 'run', 'env', 'db'] as const;

/** Permissions in the settings: lists, or true for all of a kind. */
export type Permissions = Partial<Record<(typeof KINDS)[number], boolean | string[]>>;

/**
 * Fills in what a launch configuration leaves open, from the settings. What it says itself stays:
 * a configuration with permissions of its own gets none from the settings.
 */
export function withDefaults(config: vscode.DebugConfiguration, scope?: vscode.ConfigurationScope): vscode.DebugConfiguration {
  const filled: vscode.DebugConfiguration = { ...config };
  const fill = (name: string, value: unknown) => {
    if (filled[name] === undefined && value !== undefined && value !== null) {
      filled[name] = value;
    }
  };
  const list = (name: string) => {
    const value = setting<string[]>(`debug.${name}`, [], scope);
    return value.length > 0 ? value : undefined;
  };
  fill('skipFiles', list('skipFiles'));
  fill('stepFilters', list('stepFilters'));
  fill('secrets', list('secrets'));
  if (config.request !== 'launch') {
    return filled;
  }
  fill('stopOnEntry', setting('debug.stopOnEntry', false, scope) || undefined);
  if (config['function'] === undefined) {
    const terminal = setting('debug.console', 'internalConsole', scope);
    fill('console', terminal === 'internalConsole' ? undefined : terminal);
  }
  fill('subProcess', config['autoAttachChildProcesses'] ?? (setting('debug.subProcess', true, scope) ? undefined : false));
  fill('timeout', setting<number | null>('debug.timeout', null, scope));
  fill('instructionBudget', setting<number | null>('debug.instructionBudget', null, scope));
  if (!hasPermissions(config)) {
    Object.assign(filled, permissionAttributes(scope));
  }
  return filled;
}

function hasPermissions(config: vscode.DebugConfiguration): boolean {
  return Object.keys(config).some((name) => name === 'sandbox' || /^(allow|deny)(All|Read|Write|Net|Run|Env|Db)$/.test(name));
}

/** The permissions of the settings, as attributes of a configuration. */
export function permissionAttributes(scope?: vscode.ConfigurationScope): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  const sandbox = setting('run.sandbox', 'restricted', scope);
  if (sandbox !== 'restricted') {
    attributes['sandbox'] = sandbox;
  }
  for (const verb of ['allow', 'deny'] as const) {
    const given = setting<Permissions>(`run.${verb}`, {}, scope);
    for (const kind of KINDS) {
      const value = given[kind];
      if (value === true || (Array.isArray(value) && value.length > 0)) {
        attributes[verb + kind[0]!.toUpperCase() + kind.slice(1)] = value;
      }
    }
  }
  return attributes;
}

/** The same permissions as flags of `llmspell run` and its kin. */
export function permissionFlags(attributes: Record<string, unknown>): string[] {
  const flags: string[] = [];
  if (typeof attributes['sandbox'] === 'string') {
    flags.push(`--sandbox=${attributes['sandbox']}`);
  }
  if (attributes['allowAll'] === true) {
    flags.push('--allow-all');
  }
  for (const verb of ['allow', 'deny']) {
    for (const kind of KINDS) {
      const value = attributes[verb + kind[0]!.toUpperCase() + kind.slice(1)];
      if (value === true) {
        flags.push(`--${verb}-${kind}`);
      } else if (typeof value === 'string' || Array.isArray(value)) {
        for (const entry of [value].flat()) {
          flags.push(`--${verb}-${kind}=${String(entry)}`);
        }
      }
    }
  }
  return flags;
}
