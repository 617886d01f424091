import * as vscode from 'vscode';
import type { Services } from '../services';
import { kernels } from './kernels';

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
    const kernel: unknown = session.configuration['kernel'];
    let log: Promise<string | undefined> = Promise.resolve(undefined);
    let left = false;
    return {
      // A kernel that has gone does not say any more where its log is.
      onWillStartSession: () => {
        if (typeof kernel === 'string') {
          log = kernels(this.services).then(
            (list) => list.find((one) => one.id === kernel)?.log_file,
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
          void this.tell(session, typeof kernel === 'string' ? kernel : undefined, 'has gone: it was stopped or killed, or it has crashed', log);
        } else if (message.event === 'terminated' && typeof kernel === 'string') {
          left = true;
          void this.tellStopped(session, kernel, log);
        }
      },
    };
  }

  /** A session that was made for one script ends with it, and that is no news. It is if the kernel ends. */
  private async tellStopped(session: vscode.DebugSession, kernel: string, log: Promise<string | undefined>): Promise<void> {
    const list = await kernels(this.services).catch(() => []);
    if (!list.some((one) => one.id === kernel && one.status === 'running')) {
      await this.tell(session, kernel, 'was stopped', log);
    }
  }

  private async tell(session: vscode.DebugSession, kernel: string | undefined, what: string, log: Promise<string | undefined>): Promise<void> {
    const file = await log;
    const open = 'Open Kernel Log';
    const who = kernel ? `the kernel ${kernel}` : 'the script';
    const taken = await this.services.logs.fail('debugger', `The debug session "${session.name}" has ended: ${who} ${what}.`, ...(file ? [open] : []));
    if (taken === open && file) {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(vscode.Uri.file(file)));
    }
  }
}
