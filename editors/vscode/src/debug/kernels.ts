import * as net from 'node:net';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';

/** A kernel, as `llmspell kernel status --format json` lists it; docs/kernel-daemon.md has all fields. */
export interface Kernel {
  readonly id: string;
  readonly status: string;
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly sessions: number;
  readonly running: number;
  readonly memory_bytes: number;
  readonly socket?: string;
  readonly address?: string;
  readonly log_file?: string;
}

/** The kernels of this user that run. */
export function kernels(services: Services): Promise<Kernel[]> {
  return services.json<Kernel[]>(['kernel', 'status', '--format', 'json']);
}

/** The id of the kernel that `auto` stands for. */
const AUTO = 'default';

/**
 * The kernel that an attribute "kernel" names: by its id, the path of its socket or run folder, or
 * HOST:PORT; undefined if it is none of these, as one of another machine.
 * @param folder what a path is relative to.
 */
export function named(list: readonly Kernel[], kernel: string, folder = '.'): Kernel | undefined {
  if (/^unix:|[/\\]/.test(kernel)) {
    const at = path.resolve(folder, kernel.replace(/^unix:/, ''));
    return list.find(({ socket }) => socket !== undefined && (at === socket || at === path.dirname(socket)));
  }
  const [host, port] = addressOf(kernel);
  if (port !== undefined) {
    return list.find(({ address }) => {
      const [own, ownPort] = addressOf(address ?? '');
      return port === ownPort && (host === own || (isUnspecified(own) && isLoopback(host)));
    });
  }
  return list.find((one) => one.id === (kernel === 'auto' ? AUTO : kernel));
}

/** Host and port of HOST:PORT, where no host and localhost are 127.0.0.1, as they are for llmspell; no port if it is no address. */
function addressOf(text: string): [host: string, port?: string] {
  const [, bracketed, plain = '', port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return [host === '' || host === 'localhost' ? '127.0.0.1' : host, port];
}

function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLoopback(host: string): boolean {
  return host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}

/** Has the user pick a kernel; undefined if there is none, or none is picked. One alone is picked at once. */
export async function pickKernel(services: Services): Promise<string | undefined> {
  if (!(await services.program())) {
    return undefined;
  }
  let list: Kernel[];
  try {
    list = await kernels(services);
  } catch (error) {
    void services.logs.fail('kernel', `The kernels cannot be listed: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  if (list.length === 0) {
    return offerStart();
  }
  if (list.length === 1) {
    return list[0]?.id;
  }
  const picked = await vscode.window.showQuickPick(list.map(item), { title: 'Kernel', placeHolder: 'The kernel that runs the script' });
  return picked?.label;
}

function item(kernel: Kernel): vscode.QuickPickItem {
  const memory = `${Math.round(kernel.memory_bytes / (1 << 20))} MB`;
  return {
    label: kernel.id,
    description: kernel.status,
    detail: `${kernel.sessions} sessions, ${kernel.running} running, ${memory}, process ${kernel.pid}`,
  };
}

/** Has the user start a kernel, as the view of kernels does it; undefined if none was started. */
async function offerStart(): Promise<string | undefined> {
  const start = 'Start a Kernel';
  return (await vscode.window.showInformationMessage('No kernel runs.', start)) === start ? vscode.commands.executeCommand<string | undefined>('llmspell.kernel.start') : undefined;
}
