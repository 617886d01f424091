import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { DebugConfiguration } from 'vscode';
import { typeProblem, type Attributes } from './attributes';

/**
 * What is wrong with a configuration whose variables are replaced, in a sentence that says what to
 * do; undefined if nothing is. Where the script runs elsewhere, its paths are not looked at.
 * @param attributes the schema of the request's attributes.
 */
export async function problem(config: DebugConfiguration, attributes: Attributes = {}): Promise<string | undefined> {
  const { request, program, cwd, port, socket } = config;
  if (request !== 'launch' && request !== 'attach') {
    return `"request" must be "launch" or "attach", and is ${JSON.stringify(request)}.`;
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    return `"port" must be a number from 1 to 65535, and is ${JSON.stringify(port)}.`;
  }
  if (port !== undefined && socket !== undefined) {
    return '"port" and "socket" exclude each other: leave one of them out.';
  }
  const type = typeProblem(config, attributes);
  if (type) {
    return type;
  }
  if (request === 'attach') {
    return attachProblem(config);
  }
  if (typeof program !== 'string' || program === '') {
    return '"program" is missing: give the path of the Lua script, such as "${file}".';
  }
  if (/\$\{[^}]*\}/.test(program)) {
    return `"program" has a variable that could not be replaced: ${program}.`;
  }
  const mapped = config['pathMappings'] !== undefined;
  if (mapped || port !== undefined || socket !== undefined) {
    return undefined;
  }
  if (cwd !== undefined && (typeof cwd !== 'string' || !(await isFolder(cwd)))) {
    return `"cwd" is no folder: ${JSON.stringify(cwd)}. Leave it out, or give one that exists.`;
  }
  const file = path.resolve(typeof cwd === 'string' ? cwd : '.', program);
  try {
    const found = await stat(file);
    if (found.isDirectory()) {
      return `"program" is a folder: ${file}. Give the path of a Lua script in it.`;
    }
  } catch {
    return `"program" does not exist: ${file}. Open the Lua file and use "\${file}", or correct the path.`;
  }
  return undefined;
}

function attachProblem(config: DebugConfiguration): string | undefined {
  const { kernel, session, connect, port, socket, target } = config;
  if (kernel !== undefined && connect !== undefined) {
    return '"kernel" and "connect" exclude each other: give the one that runs the script.';
  }
  if (session !== undefined && kernel === undefined) {
    return '"session" needs "kernel", the kernel that it belongs to.';
  }
  if (!kernel && !connect && port === undefined && !socket && !target) {
    return 'Nothing to attach to: give "kernel", or "port" or "connect" of a script that was started with llmspell run --debug-listen.';
  }
  return undefined;
}

async function isFolder(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    return false;
  }
}

/** Splits KERNEL/SESSION into two. Paths of sockets and addresses stay as they are. */
export function splitKernel(text: string): { kernel: string; session?: string } {
  const slashes = text.indexOf('//');
  if (slashes > 0) {
    return { kernel: text.slice(0, slashes), session: text.slice(slashes + 2) };
  }
  if (/^(unix:|\/|\.)/.test(text) || text.includes('\\')) {
    return { kernel: text };
  }
  const [kernel, session] = text.split(/\/(.*)/s);
  return session ? { kernel: kernel ?? '', session } : { kernel: kernel ?? '' };
}
