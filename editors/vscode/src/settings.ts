import * as vscode from 'vscode';

/** The section of the settings that is the extension's. */
export const SECTION = 'llmspell';

/**
 * A setting of the section llmspell, as in setting('debug.timeout', 0). The default is that of
 * package.json; fallback counts where it is null there.
 */
export function setting<T>(name: string, fallback: T, scope?: vscode.ConfigurationScope): T {
  return vscode.workspace.getConfiguration(SECTION, scope).get<T | null>(name) ?? fallback;
}

/** The variables that llmspell's processes get beside those of the editor. */
export function environment(scope?: vscode.ConfigurationScope): Record<string, string> {
  return setting<Record<string, string>>('env', {}, scope);
}

/** The flags before a command's own: --config and what llmspell.globalArgs holds. */
export function globalArguments(scope?: vscode.ConfigurationScope): string[] {
  const args: string[] = [];
  const config = setting('configFile', '', scope);
  if (config) {
    args.push('--config', expand(config, scope));
  }
  return args.concat(setting<string[]>('globalArgs', [], scope));
}

/** Replaces ${workspaceFolder}, ${userHome} and ${env:NAME} in a setting, and ~/ at its beginning. */
export function expand(text: string, scope?: vscode.ConfigurationScope): string {
  const home = process.env['HOME'] ?? process.env['USERPROFILE'] ?? '';
  const folder = folderOf(scope)?.uri.fsPath;
  return text
    .replace(/^~(?=[/\\]|$)/, home)
    .replace(/\$\{(workspaceFolder|workspaceRoot|userHome|env:([^}]+))\}/g, (all, what: string, name?: string) => {
      if (name !== undefined) {
        return process.env[name] ?? '';
      }
      return what === 'userHome' ? home : (folder ?? all);
    });
}

/** The folder of the workspace that something belongs to; the first if it is in none. */
export function folderOf(scope?: vscode.ConfigurationScope): vscode.WorkspaceFolder | undefined {
  const uri = uriOf(scope);
  return (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
}

function uriOf(scope?: vscode.ConfigurationScope): vscode.Uri | undefined {
  if (!scope) {
    return undefined;
  }
  return scope instanceof vscode.Uri ? scope : 'uri' in scope ? scope.uri : undefined;
}
