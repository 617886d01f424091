import * as vscode from 'vscode';
import type { Services } from '../services';
import { complaint } from '../run';
import { setting } from '../settings';
import type { PrintedDocuments } from './documents';
import { count, megabytes, type Kernel, type KernelModel } from './kernelModel';
import type { KernelNode } from './kernelTree';

/** What a kernel may be called: it becomes the name of a folder. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The kernel that the user has chosen for tools and completions; "" for none. */
export function chosenKernel(): string {
  return setting('kernel', '');
}

/** What can be done with kernels and sessions. Each method is a command; all say themselves what went wrong. */
export class KernelActions {
  constructor(
    private readonly services: Services,
    private readonly model: KernelModel,
    private readonly documents: PrintedDocuments,
  ) {}

  /** Starts a kernel in the background; the answer is its id, undefined if none was started. */
  async start(): Promise<string | undefined> {
    const taken = new Set(this.model.kernels.map((kernel) => kernel.id));
    const id = await vscode.window.showInputBox({
      title: 'Start a kernel',
      prompt: 'Its name',
      value: taken.has('dev') ? '' : 'dev',
      validateInput: (text) => (!ID.test(text) ? 'Letters, digits, . _ and -' : taken.has(text) ? `A kernel ${text} runs already` : undefined),
    });
    if (!id || !(await this.run(`Starting kernel ${id}…`, ['kernel', 'start', '--daemon', '--id', id, ...setting<string[]>('kernels.startArgs', [])]))) {
      return undefined;
    }
    void vscode.window.showInformationMessage(`Kernel ${id} runs.`, 'Use It').then((taken) => taken && setKernel(id));
    return id;
  }

  /** Stops a kernel; if scripts run in it, the user says whether to wait for them. */
  async stop(node?: KernelNode): Promise<void> {
    const kernel = await this.kernelOf(node, 'Stop which kernel?');
    if (!kernel) {
      return;
    }
    const args = ['kernel', 'stop', kernel.id];
    if (kernel.running + kernel.queued > 0 || kernel.status !== 'running') {
      const wait = 'Stop When They Have Ended';
      const force = 'Stop Now';
      const what = kernel.status === 'running' ? `${count(kernel.running, 'script')} run in kernel ${kernel.id}.` : `Kernel ${kernel.id} does not answer.`;
      const taken = await vscode.window.showWarningMessage(what, { modal: true }, ...(kernel.status === 'running' ? [wait, force] : [force]));
      if (!taken) {
        return;
      }
      if (taken === force) {
        args.push('--force');
      }
    }
    await this.run(`Stopping kernel ${kernel.id}…`, args);
  }

  /** Makes a kernel the one that tools are called in, and whose tools and keys are completed. */
  async choose(node?: KernelNode): Promise<void> {
    const kernel = await this.kernelOf(node, 'Use which kernel?');
    if (kernel) {
      await setKernel(kernel.id);
    }
  }

  /** Uses no kernel any more. */
  async release(): Promise<void> {
    await setKernel('');
  }

  /** Attaches the debugger to a session, or to the only one of a kernel. */
  async attach(node?: KernelNode): Promise<void> {
    const target = node?.kind === 'live' ? { kernel: node.kernel, session: node.session.id, name: node.session.name } : await this.pickSession(node);
    if (!target) {
      return;
    }
    await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
      type: 'llmspell',
      request: 'attach',
      name: `${target.kernel.id}/${target.name || target.session}`,
      kernel: target.kernel.id,
      session: target.session,
    });
  }

  private async pickSession(node?: KernelNode): Promise<{ kernel: Kernel; session: string; name?: string } | undefined> {
    await this.model.refresh();
    const kernels = node?.kind === 'kernel' ? this.model.kernels.filter((kernel) => kernel.id === node.kernel.id) : this.model.kernels;
    const items = kernels.flatMap((kernel) =>
      (kernel.session_list ?? []).map((session) => ({
        label: `${kernel.id}/${session.name || session.id}`,
        description: session.busy ? 'running' : 'idle',
        target: { kernel, session: session.id, name: session.name },
      })),
    );
    if (items.length === 0) {
      void vscode.window.showInformationMessage('No session lives in a kernel: run a script in one first, as with llmspell run --connect.');
      return undefined;
    }
    return items.length === 1 ? items[0]?.target : (await vscode.window.showQuickPick(items, { title: 'Attach the debugger to which session?' }))?.target;
  }

  /** Opens a kernel's log. */
  async log(node?: KernelNode): Promise<void> {
    const kernel = await this.kernelOf(node, 'The log of which kernel?');
    if (!kernel) {
      return;
    }
    if (!kernel.log_file) {
      void vscode.window.showInformationMessage(`Kernel ${kernel.id} was not started in the background: it logs to its terminal.`);
      return;
    }
    await vscode.window.showTextDocument(vscode.Uri.file(kernel.log_file), { preview: true });
  }

  /** Shows all that is known of a kernel or session. */
  async details(node?: KernelNode): Promise<void> {
    if (node?.kind === 'saved') {
      await this.documents.show(`session ${node.session.name || node.session.id}.txt`, ['session', 'show', node.session.id]);
      return;
    }
    if (node?.kind === 'live' && node.session.record) {
      await this.documents.show(`session ${node.session.name || node.session.id}.txt`, ['session', 'show', node.session.record]);
      return;
    }
    const kernel = node?.kind === 'live' ? node.kernel : await this.kernelOf(node, 'Show which kernel?');
    if (kernel) {
      await this.documents.show(`kernel ${kernel.id}.txt`, ['kernel', 'status', kernel.id, '--sessions', '--format', 'text']);
    }
  }

  /** Makes a session on disk. */
  async newSession(): Promise<void> {
    const name = await vscode.window.showInputBox({
      title: 'New session',
      prompt: 'Its name. llmspell run --session NAME runs a script in it',
      validateInput: (text) => (text.trim() === '' ? 'A name is needed' : text.startsWith('-') ? 'It cannot begin with -' : undefined),
    });
    if (name) {
      await this.run(`Making session ${name}…`, ['session', 'create', name.trim()]);
    }
  }

  /** Deletes a session with all that it has kept, after a question. */
  async deleteSession(node?: KernelNode): Promise<void> {
    if (node?.kind !== 'saved') {
      return;
    }
    const { id, name, executions, artifacts } = node.session;
    const detail = `${count(executions, 'execution')} and ${count(artifacts, 'artifact')} are deleted with it. This cannot be undone.`;
    if ((await vscode.window.showWarningMessage(`Delete session ${name || id}?`, { modal: true, detail }, 'Delete')) === 'Delete') {
      await this.run(`Deleting session ${name || id}…`, ['session', 'delete', id]);
    }
  }

  /** Writes a session to a file. */
  async exportSession(node?: KernelNode): Promise<void> {
    if (node?.kind !== 'saved') {
      return;
    }
    const { id, name } = node.session;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const file = `${(name || id).replace(/[^\w.-]+/g, '_')}.llmspell-session`;
    const target = await vscode.window.showSaveDialog({ title: `Export session ${name || id}`, defaultUri: folder ? vscode.Uri.joinPath(folder, file) : undefined });
    if (target && (await this.run(`Writing ${target.fsPath}…`, ['session', 'export', id, target.fsPath, '--force']))) {
      void vscode.window.showInformationMessage(`Session ${name || id} is in ${target.fsPath}.`);
    }
  }

  /** Makes a session of an exported one. */
  async importSession(): Promise<void> {
    const picked = (await vscode.window.showOpenDialog({ title: 'Import a session', canSelectMany: false, openLabel: 'Import' }))?.[0];
    if (picked) {
      await this.run(`Reading ${picked.fsPath}…`, ['session', 'import', picked.fsPath]);
    }
  }

  /** The kernel that a node means, or that the user picks. */
  private async kernelOf(node: KernelNode | undefined, title: string): Promise<Kernel | undefined> {
    if (node?.kind === 'kernel' || node?.kind === 'live') {
      return node.kernel;
    }
    await this.model.refresh();
    const items = this.model.kernels.map((kernel) => ({ label: kernel.id, description: [kernel.status, megabytes(kernel.memory_bytes)].join(' · '), kernel }));
    if (items.length === 0) {
      if ((await vscode.window.showInformationMessage(this.model.failure ?? 'No kernel runs.', 'Start Kernel')) === 'Start Kernel') {
        await this.start();
      }
      return undefined;
    }
    return items.length === 1 ? items[0]?.kernel : (await vscode.window.showQuickPick(items, { title }))?.kernel;
  }

  /** Runs llmspell, shows that it works and what went wrong, and looks at the kernels again. */
  private async run(title: string, args: readonly string[]): Promise<boolean> {
    const log = this.services.logs.of('kernel');
    try {
      log.info(`llmspell ${args.join(' ')}`);
      const result = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () => this.services.run(args));
      if (result.code === 0) {
        log.info(result.stdout.trim());
        return true;
      }
      void this.services.logs.fail('kernel', complaint(result));
    } catch (error) {
      void this.services.logs.fail('kernel', error instanceof Error ? error.message : String(error));
    } finally {
      await this.model.refresh();
    }
    return false;
  }
}

async function setKernel(id: string): Promise<void> {
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration('llmspell').update('kernel', id || undefined, target);
}
