import * as vscode from 'vscode';

/** Where the user was last in a Lua file, also while a form has the focus or hides the file. */
export class LuaCursor implements vscode.Disposable {
  private last?: vscode.TextEditor;
  private readonly following: vscode.Disposable;

  constructor() {
    this.note(vscode.window.activeTextEditor);
    this.following = vscode.window.onDidChangeActiveTextEditor((editor) => this.note(editor));
  }

  private note(editor: vscode.TextEditor | undefined): void {
    if (editor?.document.languageId === 'lua') {
      this.last = editor;
    }
  }

  /**
   * Inserts a snippet there, and shows the file. The snippet is made with whether it begins its
   * line, as a statement of its own. False if there is no Lua file.
   */
  async insert(snippet: (alone: boolean) => string): Promise<boolean> {
    const editor = this.last && !this.last.document.isClosed ? this.last : vscode.window.visibleTextEditors.find((e) => e.document.languageId === 'lua');
    if (!editor) {
      return false;
    }
    const { document, selection, viewColumn } = editor; // an editor that is hidden still knows where it was
    const shown = await vscode.window.showTextDocument(document, { viewColumn, selection });
    const { line, character } = selection.start;
    const before = document.lineAt(Math.min(line, document.lineCount - 1)).text.slice(0, character);
    return shown.insertSnippet(new vscode.SnippetString(snippet(before.trim() === '')));
  }

  dispose(): void {
    this.following.dispose();
  }
}
