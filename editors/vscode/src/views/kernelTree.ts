import * as vscode from 'vscode';
import { count, duration, megabytes, type Kernel, type KernelModel, type LiveSession, type SavedSession } from './kernelModel';
import { failureItem, ModelTree } from './modelTree';

/** An item of the view of kernels and sessions. */
export type KernelNode =
  | { readonly kind: 'kernel'; readonly kernel: Kernel }
  | { readonly kind: 'live'; readonly kernel: Kernel; readonly session: LiveSession }
  | { readonly kind: 'savedSessions' }
  | { readonly kind: 'saved'; readonly session: SavedSession }
  | { readonly kind: 'failure'; readonly message: string };

/** The tree: kernels with the sessions that live in them, then the sessions on disk. */
export class KernelTree extends ModelTree<KernelNode> {
  /** @param chosen tells which kernel the user works with, "" for none. */
  constructor(
    private readonly model: KernelModel,
    private readonly chosen: () => string,
  ) {
    super(model);
  }

  getChildren(node?: KernelNode): KernelNode[] {
    if (!node) {
      return this.roots();
    }
    switch (node.kind) {
      case 'kernel':
        return (node.kernel.session_list ?? []).map((session) => ({ kind: 'live', kernel: node.kernel, session }));
      case 'savedSessions':
        return this.model.saved.map((session) => ({ kind: 'saved', session }));
      default:
        return [];
    }
  }

  private roots(): KernelNode[] {
    const nodes: KernelNode[] = this.model.kernels.map((kernel) => ({ kind: 'kernel', kernel }));
    if (this.model.failure) {
      nodes.unshift({ kind: 'failure', message: this.model.failure });
    }
    if (this.model.saved.length > 0) {
      nodes.push({ kind: 'savedSessions' });
    }
    return nodes;
  }

  getTreeItem(node: KernelNode): vscode.TreeItem {
    switch (node.kind) {
      case 'kernel':
        return this.kernelItem(node.kernel);
      case 'live':
        return liveItem(node.kernel, node.session);
      case 'saved':
        return savedItem(node.session);
      case 'savedSessions': {
        const item = new vscode.TreeItem('Saved sessions', vscode.TreeItemCollapsibleState.Collapsed);
        item.id = 'saved';
        item.description = String(this.model.saved.length);
        item.iconPath = new vscode.ThemeIcon('archive');
        item.contextValue = 'savedSessions';
        return item;
      }
      case 'failure':
        return failureItem(node.message);
    }
  }

  private kernelItem(kernel: Kernel): vscode.TreeItem {
    // Also without sessions: the editor keeps how an item was, and they shall be seen when they come.
    const item = new vscode.TreeItem(kernel.id, vscode.TreeItemCollapsibleState.Expanded);
    const chosen = kernel.id === this.chosen();
    item.id = `kernel ${kernel.id}`;
    item.description = [
      chosen ? 'in use' : '',
      kernel.status === 'running' ? '' : kernel.status,
      kernel.running > 0 ? `${kernel.running} running` : '',
      megabytes(kernel.memory_bytes),
    ]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = kernelTooltip(kernel);
    item.accessibilityInformation = { label: `${kernel.id}, kernel, ${kernel.status}` };
    item.iconPath = new vscode.ThemeIcon(kernel.status === 'running' ? (chosen ? 'vm-active' : 'vm') : 'vm-outline');
    item.contextValue = `kernel.${kernel.status}${chosen ? '.chosen' : ''}`;
    return item;
  }
}

function kernelTooltip(kernel: Kernel): string {
  return [
    `Kernel ${kernel.id} (${kernel.status})`,
    `process ${kernel.pid}, for ${duration(kernel.uptime_seconds)}, ${megabytes(kernel.memory_bytes)}`,
    `${count(kernel.clients, 'client')}, ${count(kernel.sessions, 'session')}, ${kernel.running} running, ${kernel.queued} waiting`,
    kernel.address ?? kernel.socket,
  ].join('\n');
}

function liveItem(kernel: Kernel, session: LiveSession): vscode.TreeItem {
  const item = new vscode.TreeItem(session.name || session.id);
  item.id = `live ${kernel.id} ${session.id}`;
  item.description = [session.busy ? 'running' : 'idle', session.queued > 0 ? `${session.queued} waiting` : ''].filter(Boolean).join(' · ');
  item.tooltip = `Session ${session.id}\n${count(session.executions, 'execution')}\n${session.cwd}`;
  item.accessibilityInformation = { label: `${session.name || session.id}, session, ${session.busy ? 'running' : 'idle'}` };
  item.iconPath = new vscode.ThemeIcon(session.busy ? 'sync~spin' : 'terminal');
  item.contextValue = session.record ? 'live.saved' : 'live';
  return item;
}

const SAVED_ICONS: Record<SavedSession['status'], string> = {
  active: 'history',
  suspended: 'debug-pause',
  completed: 'pass',
  failed: 'error',
  archived: 'archive',
};

function savedItem(session: SavedSession): vscode.TreeItem {
  const item = new vscode.TreeItem(session.name || session.id);
  item.id = `saved ${session.id}`;
  item.description = `${session.status} · ${count(session.executions, 'execution')}`;
  item.tooltip = [session.description, session.id, `${count(session.variables, 'variable')}, ${count(session.artifacts, 'artifact')}`, `changed ${session.updated_at}`, session.tags.join(', ')]
    .filter(Boolean)
    .join('\n');
  item.accessibilityInformation = { label: `${session.name || session.id}, saved session, ${session.status}` };
  item.iconPath = new vscode.ThemeIcon(SAVED_ICONS[session.status] ?? 'history');
  item.contextValue = `saved.${session.status}`;
  return item;
}
