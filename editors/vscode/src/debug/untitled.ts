import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

/** Key of a configuration with the temporary folder of a text that has no file. */
export const TEMPORARY = '__temporary';

/** Files for texts that have none yet, until their sessions end. */
export class TemporaryFiles implements vscode.Disposable {
  private readonly folders = new Set<string>();
  private readonly watching = vscode.debug.onDidTerminateDebugSession((session) => this.remove(session.configuration));

  /** Removes the file that a configuration has, if any. */
  remove(config: vscode.DebugConfiguration): void {
    const folder = config[TEMPORARY] as string | undefined;
    if (folder && this.folders.delete(folder)) {
      void rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * A configuration that debugs the text of a document without a file: it is written to a
   * temporary one, to which the editor's name for the document is mapped. Breakpoints and frames
   * are then shown in the document.
   */
  async configure(config: vscode.DebugConfiguration, document: vscode.TextDocument): Promise<vscode.DebugConfiguration> {
    const folder = await mkdtemp(path.join(tmpdir(), 'llmspell-'));
    this.folders.add(folder);
    const name = path.basename(document.uri.path).replace(/[^\w.-]/g, '_') || 'untitled';
    const file = path.join(folder, name.endsWith('.lua') ? name : `${name}.lua`);
    await writeFile(file, document.getText(), { mode: 0o600 });
    const mapping = { localRoot: document.uri.toString(), remoteRoot: file };
    return { ...config, program: file, pathMappings: [mapping], [TEMPORARY]: folder };
  }

  dispose(): void {
    this.watching.dispose();
    for (const folder of this.folders) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The open document without a file that a program names, as in "untitled:Untitled-1". */
export function untitledDocument(program: unknown): vscode.TextDocument | undefined {
  if (typeof program !== 'string') {
    return undefined;
  }
  return vscode.workspace.textDocuments.find(
    (document) => document.uri.scheme !== 'file' && (document.uri.toString() === program || (document.isUntitled && document.fileName === program)),
  );
}
