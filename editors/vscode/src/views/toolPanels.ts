import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import type { PrintedDocuments } from './documents';
import { nonce } from './html';
import { initialValues } from './toolForm';
import { formPage } from './toolFormPage';
import { FormSession, type FormHost, type FormMessage, type PageMessage } from './toolFormSession';
import type { Envelope, Tool, ToolModel } from './toolModel';
import { imageType, pictureTexts, type Picture } from './toolResult';
import { LuaCursor } from './luaCursor';
import { callSnippet, callText, escapeSnippet } from './toolSnippet';

/** Pictures of more bytes are not shown. */
const MAX_PICTURE = 8 << 20;

/** The pages with forms, one a tool, and what else is done with a tool. */
export class ToolPanels implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly cursor = new LuaCursor();
  private readonly following: vscode.Disposable;

  constructor(
    private readonly services: Services,
    private readonly model: ToolModel,
    private readonly documents: PrintedDocuments,
    private readonly kernel: () => string,
  ) {
    this.following = model.onDidChange(() => this.tellWhere());
  }

  /** Opens the form of a tool, or shows it again. */
  async open(name: string): Promise<void> {
    const known = this.panels.get(name);
    if (known) {
      known.reveal();
      return;
    }
    const tool = await this.model.info(name);
    const panel = vscode.window.createWebviewPanel('llmspell.tool', name, vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: [] });
    const session = new FormSession(tool, this.model, this.host(panel, tool));
    this.panels.set(name, panel);
    panel.onDidDispose(() => {
      session.cancel();
      this.panels.delete(name);
    });
    panel.webview.onDidReceiveMessage((message: FormMessage) => {
      if (message.type === 'ready') {
        this.tellWhere(); // a page that was hidden is made again, as it was at first
      }
      void session.handle(message).catch((error: unknown) => this.fail(error));
    });
    panel.webview.html = formPage(tool, session.fields, initialValues(session.fields), '', this.where(), nonce());
  }

  /** Where tools run now. */
  private where(): string {
    const kernel = this.kernel();
    return kernel ? `in kernel ${kernel}` : 'in a process of its own';
  }

  /** Tells the forms that are open, or are shown again, where their tools run. */
  tellWhere(): void {
    for (const panel of this.panels.values()) {
      void panel.webview.postMessage({ type: 'where', where: this.where() } satisfies PageMessage);
    }
  }

  /** Shows the schemas of a tool as a read-only document. */
  async showSchema(name: string): Promise<void> {
    await this.documents.show(`${name}.json`, ['tool', 'info', name, '--show-schema', '--format', 'json']);
  }

  /** Inserts a call of a tool at the cursor, with placeholders for what it takes. */
  async insertCall(name: string): Promise<void> {
    const tool = await this.model.info(name);
    if (!(await this.cursor.insert((alone) => callSnippet(tool, alone)))) {
      void vscode.window.showInformationMessage('Open the Lua file that the call is to be inserted in.');
    }
  }

  private host(panel: vscode.WebviewPanel, tool: Tool): FormHost {
    return {
      post: (message) => void panel.webview.postMessage(message),
      insert: async (params) => {
        const call = callText(tool.name, params);
        if (!(await this.cursor.insert((alone) => `${escapeSnippet((alone ? 'local result = ' : '') + call)}${alone ? '\n' : ''}$0`))) {
          await vscode.env.clipboard.writeText(call);
          void vscode.window.showInformationMessage('No Lua file is open: the call is in the clipboard.');
        }
      },
      showSchema: () => this.showSchema(tool.name),
      copy: async (text) => {
        await vscode.env.clipboard.writeText(text);
        vscode.window.setStatusBarMessage('Copied', 2000);
      },
      open: async (content, language) => {
        await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language }), { viewColumn: vscode.ViewColumn.Beside });
      },
      pictures: (envelope) => picturesOf(envelope),
      log: (text) => this.services.logs.of('tools').info(text),
    };
  }

  private fail(error: unknown): void {
    void this.services.logs.fail('tools', error instanceof Error ? error.message : String(error));
  }

  dispose(): void {
    this.following.dispose();
    this.cursor.dispose();
    for (const panel of [...this.panels.values()]) {
      panel.dispose();
    }
  }
}

/** The pictures of an answer, read from the files that it names. */
export async function picturesOf(envelope: Envelope): Promise<Picture[]> {
  const out: Picture[] = [];
  for (const { name, text } of pictureTexts(envelope.result)) {
    if (text.startsWith('data:')) {
      out.push({ name, source: text });
      continue;
    }
    const file = path.isAbsolute(text) ? text : path.join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', text);
    try {
      const info = await stat(file);
      if (info.isFile() && info.size <= MAX_PICTURE) {
        out.push({ name: `${name}: ${text}`, source: `data:${imageType(file)};base64,${(await readFile(file)).toString('base64')}` });
      }
    } catch {
      // What only looks like the path of a picture is shown in the tree.
    }
  }
  return out;
}
