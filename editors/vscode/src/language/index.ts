import * as vscode from 'vscode';
import type { Services } from '../services';
import { LanguageServer, type ServerState } from './server';

/** Settings that a running server takes only when it starts. */
const AT_START = ['path', 'env', 'configFile', 'globalArgs', 'kernel', 'languageServer'];

/** What `llmspell.status` of the server answers; docs/lsp.md has it. */
export interface ServerStatus {
  readonly version: string;
  readonly folders: readonly string[];
  readonly open: number;
  readonly files: number;
  readonly heapBytes: number;
  readonly kernel?: { readonly asked: string; readonly connected?: string; readonly error?: string };
}

/** The language server: its process, its state in the status bar of Lua files, its commands. */
export function activateLanguage(context: vscode.ExtensionContext, services: Services): void {
  const server = new LanguageServer(services);
  services.language = server;
  context.subscriptions.push(
    server,
    statusItem(server),
    vscode.commands.registerCommand('llmspell.restartServer', () => server.restart()),
    vscode.commands.registerCommand('llmspell.showServerStatus', () => showStatus(services)),
    vscode.commands.registerCommand('llmspell.exportDeclarations', () => exportDeclarations(server)),
    services.onDidFindProgram((program) => program && void server.found()),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (AT_START.some((name) => e.affectsConfiguration(`llmspell.${name}`))) {
        void server.restart();
      }
    }),
  );
  // A workspace without Lua needs no server until a Lua file is opened.
  if (vscode.workspace.textDocuments.some(isLua)) {
    void server.start();
  } else {
    const waiting = vscode.workspace.onDidOpenTextDocument((document) => {
      if (isLua(document)) {
        waiting.dispose();
        void server.start();
      }
    });
    context.subscriptions.push(waiting);
  }
}

function isLua(document: vscode.TextDocument): boolean {
  return document.languageId === 'lua';
}

function statusItem(server: LanguageServer): vscode.LanguageStatusItem {
  const item = vscode.languages.createLanguageStatusItem('llmspell.server', { language: 'lua' });
  item.name = 'llmspell language server';
  const show = (state: ServerState) => {
    void vscode.commands.executeCommand('setContext', 'llmspell.serverRunning', state === 'running');
    item.text = `llmspell: ${state}`;
    item.busy = state === 'starting';
    item.severity = state === 'failed' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    item.command =
      state === 'running'
        ? { command: 'llmspell.showServerStatus', title: 'Details' }
        : { command: 'llmspell.restartServer', title: 'Restart' };
  };
  show(server.state);
  server.onDidChangeState(show);
  return item;
}

/** The server's status in lines for people. */
export function describe(status: ServerStatus): string {
  const lines = [
    `llmspell ${status.version}`,
    `${status.files} files known, ${status.open} open`,
    `${(status.heapBytes / (1 << 20)).toFixed(1)} MB of memory`,
    ...status.folders.map((folder) => `folder ${folder}`),
  ];
  if (status.kernel) {
    const { asked, connected, error } = status.kernel;
    lines.push(connected ? `follows the kernel ${connected}` : `does not follow the kernel ${asked}: ${error ?? 'it has not answered yet'}`);
  }
  return lines.join('\n');
}

async function showStatus(services: Services): Promise<void> {
  try {
    const text = describe(await services.language.command<ServerStatus>('llmspell.status'));
    const taken = await vscode.window.showInformationMessage('llmspell language server', { modal: true, detail: text }, 'Restart', 'Show Log');
    if (taken === 'Restart') {
      await services.language.restart();
    } else if (taken) {
      services.logs.of('language server').show();
    }
  } catch (error) {
    void services.logs.fail('language server', `No status: ${String(error)}`);
  }
}

async function exportDeclarations(server: LanguageServer): Promise<void> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: 'Write Declarations Here',
  });
  const folder = picked?.[0];
  if (folder) {
    const { files } = await server.command<{ files: number }>('llmspell.exportMeta', { folder: folder.toString() });
    void vscode.window.showInformationMessage(`${files} files of declarations are in ${folder.fsPath}`);
  }
}
