import * as vscode from 'vscode';
import { complaint, type RunResult } from '../run';

/** Runs llmspell. Services.run is one. */
export type Run = (args: readonly string[]) => Promise<RunResult>;

/** The scheme of read-only documents that show what llmspell says. */
export const SCHEME = 'llmspell-view';

/**
 * Read-only documents whose text is what llmspell prints: the arguments are the query of the
 * address, as JSON, and the path is what the tab shows.
 */
export class PrintedDocuments implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  /** @param more tells the flags that the settings add to a command. They are no part of an address. */
  constructor(
    private readonly run: Run,
    private readonly more: (command: string) => readonly string[] = () => [],
  ) {}

  /** The address of a document with what llmspell prints for arguments. */
  static uri(title: string, args: readonly string[]): vscode.Uri {
    return vscode.Uri.from({ scheme: SCHEME, path: `/${title.replace(/[/\\]/g, '_')}`, query: JSON.stringify(args) });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const args = readArguments(uri.query);
    if (!args) {
      return `${uri.toString()} is no document of llmspell`;
    }
    const result = await this.run([...args, ...this.more(args[0] ?? '')]);
    return result.code === 0 ? result.stdout : complaint(result);
  }

  /** Opens a document, with what llmspell prints now. */
  async show(title: string, args: readonly string[]): Promise<void> {
    const uri = PrintedDocuments.uri(title, args);
    this.changed.fire(uri); // one that is open is made again
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** Only what describes something: an address that came from elsewhere must change nothing. */
const ALLOWED: readonly (readonly [string, string])[] = [
  ['kernel', 'status'],
  ['session', 'show'],
  ['tool', 'info'],
];

/** Flags of these: another could have llmspell start a program, as an MCP server. */
const FLAGS: readonly string[] = ['--show-schema', '--sessions', '--format'];

function readArguments(query: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || !value.every((part): part is string => typeof part === 'string')) {
    return undefined;
  }
  if (value.some((part) => part.startsWith('-') && !FLAGS.includes(part))) {
    return undefined;
  }
  return ALLOWED.some(([command, sub]) => value[0] === command && value[1] === sub) ? value : undefined;
}
