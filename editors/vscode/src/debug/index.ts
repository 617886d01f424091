import * as vscode from 'vscode';
import type { Services } from '../services';
import { AdapterFactory } from './adapter';
import { ConfigurationProvider, DEBUG_TYPE, DynamicConfigurations, fileConfiguration } from './configurations';
import { Expressions } from './expression';
import { GoneWatch } from './gone';
import { pickKernel } from './kernels';
import { activateLenses } from './lenses';
import { activateTerminal } from './terminal';
import { TemporaryFiles } from './untitled';

export { DEBUG_TYPE } from './configurations';

/** The debugger: its adapter, its configurations, and the commands that start it. */
export function activateDebug(context: vscode.ExtensionContext, services: Services): void {
  const temporary = new TemporaryFiles();
  const register = (name: string, run: (...args: never[]) => unknown) => context.subscriptions.push(vscode.commands.registerCommand(name, run));
  context.subscriptions.push(
    temporary,
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, new AdapterFactory(services)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new ConfigurationProvider(services, temporary)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new DynamicConfigurations(), vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, new GoneWatch(services)),
    vscode.languages.registerEvaluatableExpressionProvider({ language: 'lua' }, new Expressions()),
  );
  register('llmspell.runFile', (uri?: vscode.Uri) => startFile(uri, true));
  register('llmspell.debugFile', (uri?: vscode.Uri) => startFile(uri, false));
  register('llmspell.pickKernel', () => pickKernel(services));
  activateLenses(context);
  activateTerminal(context, services);
}

async function startFile(uri: vscode.Uri | undefined, noDebug: boolean): Promise<void> {
  const file = uri ?? vscode.window.activeTextEditor?.document.uri;
  if (!file) {
    void vscode.window.showErrorMessage('Open the Lua file that is to be run.');
    return;
  }
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), fileConfiguration(file), { noDebug });
}
