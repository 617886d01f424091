import * as vscode from 'vscode';
import type { Services } from '../services';
import { kernels, named, type Kernel } from './kernels';

/** What the adapter writes to the console when the kernel or server that it is connected to has gone. */
const GONE = 'the debug server that this session is connected to has gone';

interface Message {
  readonly type?: string;
  readonly event?: string;
  readonly command?: string;
  readonly body?: { readonly output?: unknown };
}

/** Tells when a session that was attached ends because what runs the script has gone. */
export class GoneWatch implements vscode.DebugAdapterTrackerFactory {
  constructor(private readonly services: Services) {}

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    if (session.configuration.request !== 'attach') {
      return undefined;
    }
    const { kernel: given } = session.configuration as { readonly kernel?: unknown };
    const kernel = typeof given === 'string' ? given : undefined;
    let known: Promise<Kernel | undefined> = Promise.resolve(undefined);
    let left = false;
    return {
      // A kernel that has gone does not say any more which one it was, and where its log is.
      onWillStartSession: () => {
        if (kernel !== undefined) {
          known = kernels(this.services).then(
            (list) => named(list, kernel, session.workspaceFolder?.uri.fsPath),
            () => undefined,
          );
        }
      },
      onWillReceiveMessage: (message: Message) => {
        left ||= message.type === 'request' && (message.command === 'disconnect' || message.command === 'terminate');
      },
      onDidSendMessage: (message: Message) => {
        if (left || message.type !== 'event') {
          return;
        }
        if (message.event === 'output' && String(message.body?.output ?? '').includes(GONE)) {
          left = true; // it is told once
          void this.tell(session, kernel, 'has gone: it was stopped or killed, or it has crashed', known);
        } else if (message.event === 'terminated' && kernel !== undefined) {
          left = true;
          void this.tellStopped(session, kernel, known);
        }
      },
    };
  }

  /** A session that was made for one script ends with it, and that is no news. It is if the kernel ends. */
  private async tellStopped(session: vscode.DebugSession, kernel: string, known: Promise<Kernel | undefined>): Promise<void> {
    const id = (await known)?.id ?? (isAddress(kernel) ? undefined : kernel);
    if (id === undefined) {
      return; // it is none of this user's here, and nobody tells whether it runs
    }
    const list = await kernels(this.services).catch(() => undefined);
    if (list && !list.some((one) => one.id === id && one.status === 'running')) {
      await this.tell(session, kernel, 'was stopped', known);
    }
  }

  private async tell(session: vscode.DebugSession, kernel: string | undefined, what: string, known: Promise<Kernel | undefined>): Promise<void> {
    const file = (await known)?.log_file;
    const open = 'Open Kernel Log';
    const who = kernel ? `the kernel ${kernel}` : 'the script';
    const taken = await this.services.logs.fail('debugger', `The debug session "${session.name}" has ended: ${who} ${what}.`, ...(file ? [open] : []));
    if (taken === open && file) {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(vscode.Uri.file(file)));
    }
  }
}

/** Whether a kernel is not named by its id. */
function isAddress(kernel: string): boolean {
  return /[/\\:]/.test(kernel);
}
