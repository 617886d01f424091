import * as vscode from 'vscode';

/** A tree that shows what a model knows, again whenever that changes. */
export abstract class ModelTree<Node> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly following: vscode.Disposable;

  constructor(model: { readonly onDidChange: vscode.Event<void> }) {
    this.following = model.onDidChange(() => this.redraw());
  }

  abstract getChildren(node?: Node): vscode.ProviderResult<Node[]>;
  abstract getTreeItem(node: Node): vscode.TreeItem;

  /** Shows again what is known. */
  redraw(): void {
    this.changed.fire();
  }

  dispose(): void {
    this.following.dispose();
    this.changed.dispose();
  }
}

/** The item that says why there is nothing to show. */
export function failureItem(message: string): vscode.TreeItem {
  const item = new vscode.TreeItem(message.split('\n')[0] ?? '');
  item.tooltip = message;
  item.iconPath = new vscode.ThemeIcon('warning');
  item.contextValue = 'failure';
  return item;
}
