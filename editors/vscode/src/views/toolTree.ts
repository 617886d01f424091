import * as vscode from 'vscode';
import { failureItem, ModelTree } from './modelTree';
import { categoryLabel, type ToolModel, type ToolSummary } from './toolModel';

/** An item of the view of tools. */
export type ToolNode =
  | { readonly kind: 'category'; readonly category: string; readonly tools: readonly ToolSummary[] }
  | { readonly kind: 'tool'; readonly tool: ToolSummary }
  | { readonly kind: 'failure'; readonly message: string };

/** The tree: categories, and the tools in them. */
export class ToolTree extends ModelTree<ToolNode> {
  constructor(private readonly model: ToolModel) {
    super(model);
  }

  async getChildren(node?: ToolNode): Promise<ToolNode[]> {
    if (node) {
      return node.kind === 'category' ? node.tools.map((tool) => ({ kind: 'tool', tool })) : [];
    }
    try {
      return byCategory(await this.model.list());
    } catch (error) {
      return [{ kind: 'failure', message: error instanceof Error ? error.message : String(error) }];
    }
  }

  getTreeItem(node: ToolNode): vscode.TreeItem {
    switch (node.kind) {
      case 'category': {
        const item = new vscode.TreeItem(categoryLabel(node.category), vscode.TreeItemCollapsibleState.Collapsed);
        item.id = `category ${node.category}`;
        item.description = String(node.tools.length);
        item.contextValue = 'category';
        return item;
      }
      case 'tool': {
        const { tool } = node;
        const item = new vscode.TreeItem(tool.name);
        item.id = `tool ${tool.name}`;
        item.description = tool.description;
        item.tooltip = [tool.name, tool.description, tool.needs.length > 0 ? `Needs: ${tool.needs.join(', ')}` : ''].filter(Boolean).join('\n\n');
        item.accessibilityInformation = { label: `${tool.name}, tool, ${tool.description}` };
        item.iconPath = new vscode.ThemeIcon('tools');
        item.contextValue = 'tool';
        item.command = { command: 'llmspell.tool.invoke', title: 'Invoke', arguments: [node] };
        return item;
      }
      case 'failure':
        return failureItem(node.message);
    }
  }
}

/** The categories in the order of their names, and the tools of each. */
export function byCategory(tools: readonly ToolSummary[]): ToolNode[] {
  const groups = new Map<string, ToolSummary[]>();
  for (const tool of tools) {
    const group = groups.get(tool.category);
    if (group) {
      group.push(tool);
    } else {
      groups.set(tool.category, [tool]);
    }
  }
  return [...groups]
    .sort(([a], [b]) => categoryLabel(a).localeCompare(categoryLabel(b)))
    .map(([category, list]) => ({ kind: 'category', category, tools: list.sort((a, b) => a.name.localeCompare(b.name)) }));
}
