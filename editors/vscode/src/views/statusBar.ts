import * as vscode from 'vscode';
import { count, megabytes, type Kernel, type KernelModel } from './kernelModel';

/** What the status bar says. */
export interface Status {
  readonly text: string;
  readonly tooltip: string;
  readonly warning: boolean;
}

/**
 * What the status bar says of kernels; chosen is the id of the one that is in use, or "", and sure
 * whether it is known which kernels run.
 */
export function statusOf(kernels: readonly Kernel[], chosen: string, sure = true): Status {
  const kernel = kernels.find((k) => k.id === chosen) ?? (chosen === '' && kernels.length === 1 ? kernels[0] : undefined);
  if (kernel) {
    const warning = kernel.status !== 'running';
    return {
      text: ['$(server-process)', kernel.id, warning ? kernel.status : megabytes(kernel.memory_bytes), kernel.running > 0 ? `$(sync~spin) ${kernel.running}` : ''].filter(Boolean).join(' '),
      tooltip: `llmspell kernel ${kernel.id}: ${kernel.status}, ${count(kernel.sessions, 'session')}, ${kernel.running} running, ${megabytes(kernel.memory_bytes)}`,
      warning,
    };
  }
  if (chosen && !sure) {
    return { text: `$(server-process) ${chosen}`, tooltip: `llmspell kernel ${chosen}: whether it runs is not known`, warning: false };
  }
  if (chosen) {
    return { text: `$(server-process) ${chosen}`, tooltip: `llmspell kernel ${chosen} does not run on this machine, or is not one of yours`, warning: !/[/:]/.test(chosen) };
  }
  if (kernels.length > 1) {
    return { text: `$(server-process) ${kernels.length} kernels`, tooltip: `llmspell kernels: ${kernels.map((k) => k.id).join(', ')}`, warning: false };
  }
  return { text: '$(server-process) llmspell', tooltip: sure ? 'No llmspell kernel runs' : 'llmspell: kernels, tools, logs', warning: false };
}

/** The item of the status bar. A click offers what can be done. */
export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly following: vscode.Disposable;

  constructor(
    private readonly model: KernelModel,
    private readonly chosen: () => string,
  ) {
    this.item = vscode.window.createStatusBarItem('llmspell.kernel', vscode.StatusBarAlignment.Right, 50);
    this.item.name = 'llmspell Kernel';
    this.item.command = 'llmspell.kernel.menu';
    this.following = model.onDidChange(() => this.show());
    this.show();
    this.item.show();
  }

  /** Shows what is known now. */
  show(): void {
    const status = statusOf(this.model.kernels, this.chosen(), this.model.sure);
    this.item.text = status.text;
    this.item.tooltip = status.tooltip;
    this.item.backgroundColor = status.warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  dispose(): void {
    this.following.dispose();
    this.item.dispose();
  }
}

/** An entry of the menu behind the status bar. */
export interface MenuItem extends vscode.QuickPickItem {
  readonly command: string;
}

/** What can be done now. */
export function menuItems(kernels: readonly Kernel[], chosen: string): MenuItem[] {
  const items: MenuItem[] = [{ label: '$(add) Start a kernel…', command: 'llmspell.kernel.start' }];
  if (kernels.length > 0) {
    items.push(
      { label: '$(vm-active) Use a kernel…', description: chosen || undefined, command: 'llmspell.kernel.choose' },
      { label: '$(debug-alt) Attach the debugger to a session…', command: 'llmspell.kernel.attach' },
      { label: '$(info) Show what a kernel does…', command: 'llmspell.kernel.details' },
      { label: '$(output) Open the log of a kernel…', command: 'llmspell.kernel.log' },
      { label: '$(debug-stop) Stop a kernel…', command: 'llmspell.kernel.stop' },
    );
  }
  if (chosen) {
    items.push({ label: '$(vm-outline) Use no kernel', description: chosen, command: 'llmspell.kernel.release' });
  }
  items.push(
    { label: '$(list-tree) Show kernels and sessions', command: 'llmspell.kernels.focus' },
    { label: '$(tools) Show tools', command: 'llmspell.tools.focus' },
    { label: '$(output) Show the log of the extension', command: 'llmspell.showLog' },
  );
  return items;
}

/** Asks what to do, and does it. */
export async function showMenu(model: KernelModel, chosen: string): Promise<void> {
  await model.refresh();
  const taken = await vscode.window.showQuickPick(menuItems(model.kernels, chosen), { title: 'llmspell', placeHolder: 'What to do' });
  if (taken) {
    await vscode.commands.executeCommand(taken.command);
  }
}
