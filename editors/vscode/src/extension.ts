import * as vscode from 'vscode';
import { activateCommands } from './commands';
import { activateDebug } from './debug';
import { activateLanguage } from './language';
import { Services } from './services';
import { activateTasks } from './tasks';
import { activateViews } from './views';

/** A part of the extension: it registers what it has, and does nothing that takes time. */
export type Part = (context: vscode.ExtensionContext, services: Services) => void;

// One line a part. The language server comes first: others ask it.
const parts: readonly Part[] = [
  activateLanguage,
  activateCommands,
  activateDebug,
  activateTasks,
  activateViews,
];

let services: Services | undefined; // for deactivate, which is given nothing

export function activate(context: vscode.ExtensionContext): void {
  services = new Services(context);
  context.subscriptions.push(services);
  for (const part of parts) {
    part(context, services);
  }
}

/** Ends the language server; the editor waits for that. */
export function deactivate(): Promise<void> | undefined {
  return services?.language.stop();
}
