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
  readonly log_file?: string;
}

/** The kernels of this user that run. */
export function kernels(services: Services): Promise<Kernel[]> {
  return services.json<Kernel[]>(['kernel', 'status', '--format', 'json']);
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
    return offerStart(services);
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

async function offerStart(services: Services): Promise<string | undefined> {
  const start = 'Start a Kernel';
  if ((await vscode.window.showInformationMessage('No kernel runs.', start)) !== start) {
    return undefined;
  }
  const id = await vscode.window.showInputBox({ title: 'Start a kernel', prompt: 'Its id', value: 'dev', validateInput: badId });
  if (!id) {
    return undefined;
  }
  const result = await services.run(['kernel', 'start', '--daemon', '--id', id]);
  if (result.code !== 0) {
    void services.logs.fail('kernel', `The kernel ${id} was not started: ${result.stderr.trim()}`);
    return undefined;
  }
  return id;
}

function badId(id: string): string | undefined {
  return /^[A-Za-z0-9][\w.-]{0,63}$/.test(id) ? undefined : 'Letters, digits, dots, dashes and underscores';
}
