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
