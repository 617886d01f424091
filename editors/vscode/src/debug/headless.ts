import { readFileSync, realpathSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Program } from '../binary';
import { scriptFlags } from '../flags';
import type { Services } from '../services';
import { globalArguments, setting } from '../settings';
import { permissionFlags } from './defaults';
import { TEMPORARY, type TemporaryFiles } from './untitled';

/** The attribute "headless" of a configuration. */
interface Headless {
  readonly expect?: readonly string[];
  readonly break?: readonly string[];
  readonly eval?: readonly string[];
  readonly breakpoints?: boolean;
  readonly coverage?: string;
  readonly output?: 'text' | 'json' | 'junit';
}

/**
 * The arguments of llmspell that check a configuration headless. Of the breakpoints, those of the
 * program's file count, and those of functions that it names: what stands in other files, or was
 * set for another program, need not be reached by it.
 */
export function headlessArguments(config: vscode.DebugConfiguration, breakpoints: readonly vscode.Breakpoint[], scope?: vscode.ConfigurationScope): string[] {
  const wanted = config['headless'] as Headless;
  const args = ['dap', '--headless', ...permissionFlags(config), ...scriptFlags(scope), ...adapterFlags(config, scope).taken];
  const add = (flag: string, values: readonly string[] = []) => values.forEach((value) => args.push(`--${flag}=${value}`));
  add('break', wanted.break);
  add('expect', wanted.expect);
  if (wanted.breakpoints !== false) {
    breakpoints.filter((breakpoint) => breakpoint.enabled).forEach((breakpoint) => args.push(...flagOf(config, breakpoint)));
  }
  add('break-on-error', exceptionsOf(config).filter(isPlain));
  add('eval', wanted.eval);
  if (wanted.coverage) {
    args.push(`--coverage=lcov:${wanted.coverage}`);
  }
  if (wanted.output && wanted.output !== 'text') {
    args.push(`--output=${wanted.output}`);
  }
  if (config['timeout']) {
    args.push(`--timeout=${String(config['timeout'])}s`);
  }
  if (config['instructionBudget']) {
    args.push(`--max-instructions=${String(config['instructionBudget'])}`);
  }
  args.push(String(config['program']));
  const own = config['args'] as readonly string[] | undefined;
  return own?.length ? [...args, '--', ...own] : args;
}

/** What the user has set and a headless run cannot have, in sentences. */
export function leftOut(config: vscode.DebugConfiguration, breakpoints: readonly vscode.Breakpoint[], scope?: vscode.ConfigurationScope): string[] {
  const notes: string[] = [];
  if ((config['headless'] as Headless).breakpoints !== false) {
    for (const breakpoint of breakpoints) {
      const where = breakpoint.enabled && breakpoint.hitCondition ? placeOf(config, breakpoint) : undefined;
      if (where) {
        notes.push(`The breakpoint ${where} has a hit count.`);
      }
    }
  }
  if (config['function']) {
    notes.push(`The function ${String(config['function'])} is not called.`);
  }
  for (const flag of adapterFlags(config, scope).left) {
    notes.push(`The flag ${flag} is about a debugger's clients.`);
  }
  for (const one of exceptionsOf(config).filter((filter) => !isPlain(filter))) {
    notes.push(`The exception filter ${typeof one === 'string' ? `${one} is none of ${FILTERS.join(', ')}` : `${one.filter} has a condition`}.`);
  }
  for (const name of UNKNOWN.filter((attribute) => isSet(config[attribute]))) {
    notes.push(`The attribute ${name} does not count.`);
  }
  for (const [name, value] of Object.entries((config['env'] as Record<string, string | null> | undefined) ?? {})) {
    if (value === null) {
      notes.push(`The variable ${name} is not removed.`);
    }
  }
  return notes;
}

/** Flags of `llmspell dap` that are about its clients, with whether a value follows. A headless check refuses them. */
const OF_CLIENTS: ReadonlyMap<string, boolean> = new Map([['read-only', false], ['allow-remote', false], ['listen', true], ['client-addr', true], ['attach', true], ['token-file', true]]);

/** The flags that a configuration and the settings have for the adapter: those that a check takes, and those that it does not. */
function adapterFlags(config: vscode.DebugConfiguration, scope?: vscode.ConfigurationScope): { taken: string[]; left: string[] } {
  const words = [setting<string[] | string>('debug.adapterArgs', [], scope), (config['adapterArgs'] as string[] | string | null | undefined) ?? []].flat();
  const flags = { taken: [] as string[], left: [] as string[] };
  for (let i = 0; i < words.length; i++) {
    const [, name = '', value] = /^--([^=]+)(=[^]*)?$/.exec(words[i]!) ?? [];
    const valued = OF_CLIENTS.get(name);
    flags[valued === undefined ? 'taken' : 'left'].push(words[i]!);
    if (valued && value === undefined) {
      i++; // its value is the next word
    }
  }
  return flags;
}

/** Attributes for which `llmspell dap --headless` has no flag. */
const UNKNOWN = ['secrets', 'stopOnEntry', 'skipFiles', 'stepFilters'];

/** The exception filters that --break-on-error knows. */
const FILTERS: readonly unknown[] = ['uncaught', 'caught', 'all'];

/** An exception filter of a configuration. */
type ExceptionFilter = string | { readonly filter: string; readonly condition?: string };

function exceptionsOf(config: vscode.DebugConfiguration): ExceptionFilter[] {
  const all = [config['exceptionBreakpoints'], config['exceptionFilters']].flatMap((list) => (list as ExceptionFilter[] | null | undefined) ?? []);
  return all.map((one) => (typeof one === 'string' || one.condition ? one : one.filter));
}

function isPlain(filter: ExceptionFilter): filter is string {
  return FILTERS.includes(filter);
}

/** Whether an attribute wants something: a list of nothing wants nothing. */
function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function flagOf(config: vscode.DebugConfiguration, breakpoint: vscode.Breakpoint): string[] {
  const where = placeOf(config, breakpoint);
  if (!where || breakpoint.hitCondition) {
    return []; // the flags have no hit counts, and without its count it would be another breakpoint
  }
  const place = where + (breakpoint.condition ? ` if ${breakpoint.condition}` : '');
  if (breakpoint instanceof vscode.FunctionBreakpoint) {
    return [`--function=${place}`];
  }
  return [breakpoint.logMessage ? `--log=${place} => ${breakpoint.logMessage}` : `--break=${place}`];
}

/** Where a breakpoint of the program's file stands, FILE:LINE, or the name of a function that it names; undefined for others. */
function placeOf(config: vscode.DebugConfiguration, breakpoint: vscode.Breakpoint): string | undefined {
  if (breakpoint instanceof vscode.FunctionBreakpoint) {
    return names(config, breakpoint.functionName) ? breakpoint.functionName : undefined;
  }
  if (!(breakpoint instanceof vscode.SourceBreakpoint)) {
    return undefined;
  }
  const { uri, range } = breakpoint.location;
  const program = programOf(config);
  const here = uri.scheme === 'file' ? sameFile(uri.fsPath, program) : config[TEMPORARY] !== undefined && uri.toString() === untitledUri(config);
  return here ? `${uri.scheme === 'file' ? uri.fsPath : program}:${range.start.line + 1}` : undefined;
}

function programOf(config: vscode.DebugConfiguration): string {
  return path.resolve((config['cwd'] as string | undefined) ?? '.', String(config['program']));
}

/** Whether the program's text has the last word of a function's name; true if it cannot be read. */
function names(config: vscode.DebugConfiguration, name: string): boolean {
  const word = /[\w-]+$/.exec(name)?.[0];
  try {
    return word === undefined || new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(readFileSync(programOf(config), 'utf8'));
  } catch {
    return true;
  }
}

/** The editor's name for a text without a file, which is written to a temporary one. */
function untitledUri(config: vscode.DebugConfiguration): string | undefined {
  return (config['pathMappings'] as { localRoot: string }[] | undefined)?.[0]?.localRoot;
}

function sameFile(a: string, b: string): boolean {
  return path.relative(a, b) === '' || real(a) === real(b);
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * Runs a configuration without stops, as CI does, in a task whose terminal stays. The temporary
 * file of a text goes when the task ends.
 */
export async function runHeadless(services: Services, config: vscode.DebugConfiguration, temporary: TemporaryFiles, folder?: vscode.WorkspaceFolder): Promise<void> {
  let running = false;
  const ended = new Set<vscode.TaskExecution>();
  let execution: vscode.TaskExecution | undefined;
  const finish = () => {
    watching.dispose();
    temporary.remove(config);
  };
  const watching = vscode.tasks.onDidEndTask((e) => {
    ended.add(e.execution);
    if (e.execution === execution) {
      finish();
    }
  });
  try {
    const program = await services.program();
    if (!program) {
      return;
    }
    tellLeftOut(services, config, folder?.uri);
    execution = await vscode.tasks.executeTask(headlessTask(services, config, program, folder));
    running = !ended.has(execution);
  } finally {
    if (!running) {
      finish();
    }
  }
}

function headlessTask(services: Services, config: vscode.DebugConfiguration, program: Program, folder?: vscode.WorkspaceFolder): vscode.Task {
  const args = [...program.args, ...globalArguments(folder?.uri), ...headlessArguments(config, vscode.debug.breakpoints, folder?.uri)];
  const all = { ...services.environment(folder?.uri), ...(config['env'] as Record<string, string | null> | undefined) };
  // A task can set variables, and take none away.
  const env = Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
  const execution = new vscode.ProcessExecution(program.command, args, { cwd: program.cwd ?? (config['cwd'] as string | undefined), env });
  const task = new vscode.Task({ type: 'llmspell', command: 'dap' }, folder ?? vscode.TaskScope.Workspace, config.name, 'llmspell', execution, '$llmspell-run');
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated, clear: true };
  return task;
}

function tellLeftOut(services: Services, config: vscode.DebugConfiguration, scope?: vscode.ConfigurationScope): void {
  const notes = leftOut(config, vscode.debug.breakpoints, scope);
  if (notes.length > 0) {
    const message = `${config.name}: a headless check leaves out: ${notes.join(' ')}`;
    services.logs.of('debugger').warn(message);
    void vscode.window.showWarningMessage(message);
  }
}
