import * as vscode from 'vscode';
import { fileConfiguration } from './configurations';

/** The argument of llmspell.run and llmspell.debug; docs/lsp.md has it. */
interface Runnable {
  readonly uri: string;
  readonly line: number;
  readonly function?: string;
  readonly args?: readonly string[];
}

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Location {
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

/** The commands of the code lenses that only editors can have. */
export function activateLenses(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('llmspell.run', (what: Runnable) => start(what, true)),
    vscode.commands.registerCommand('llmspell.debug', (what: Runnable) => start(what, false)),
    vscode.commands.registerCommand('llmspell.showReferences', (uri: string, position: Position, locations: readonly Location[]) =>
      vscode.commands.executeCommand('editor.action.showReferences', vscode.Uri.parse(uri), positionOf(position), locations.map(locationOf)),
    ),
  );
}

/** The configuration that a lens starts. */
export function runnableConfiguration(what: Runnable): vscode.DebugConfiguration {
  const config = fileConfiguration(vscode.Uri.parse(what.uri));
  return {
    ...config,
    ...(what.function ? { function: what.function, name: `${what.function} (${config.name})` } : {}),
    ...(what.args ? { args: what.args } : {}),
  };
}

async function start(what: Runnable, noDebug: boolean): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(what.uri));
  await vscode.debug.startDebugging(folder, runnableConfiguration(what), { noDebug });
}

function positionOf(position: Position): vscode.Position {
  return new vscode.Position(position.line, position.character);
}

function locationOf(location: Location): vscode.Location {
  const { start: from, end } = location.range;
  return new vscode.Location(vscode.Uri.parse(location.uri), new vscode.Range(positionOf(from), positionOf(end)));
}
