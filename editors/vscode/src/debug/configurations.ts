import * as vscode from 'vscode';
import type { Services } from '../services';
import { folderOf, setting } from '../settings';
import { attributesOf, misspelt } from './attributes';
import { problem, splitKernel } from './checks';
import { withDefaults } from './defaults';
import { runHeadless } from './headless';
import { untitledDocument, type TemporaryFiles } from './untitled';

/** The type of debug configurations. */
export const DEBUG_TYPE = 'llmspell';

/** A configuration for the Lua file of the active editor, saved or not; undefined without one. */
export function currentFile(): vscode.DebugConfiguration | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'lua' ? fileConfiguration(document.uri) : undefined;
}

/** A configuration that launches a file. */
export function fileConfiguration(uri: vscode.Uri): vscode.DebugConfiguration {
  const program = uri.scheme === 'file' ? uri.fsPath : uri.toString();
  return { type: DEBUG_TYPE, request: 'launch', name: vscode.workspace.asRelativePath(uri), program };
}

/** Completes and checks configurations before a session begins. */
export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly services: Services,
    private readonly temporary: TemporaryFiles,
  ) {}

  /** Of nothing, which is F5 without launch.json, it makes the file of the active editor. */
  resolveDebugConfiguration(folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration): vscode.DebugConfiguration | undefined {
    let given = config;
    if (!config.type && !config.request && !config.name) {
      const file = currentFile();
      if (!file) {
        void vscode.window.showErrorMessage('Open the Lua file that is to be debugged, then start again.');
        return undefined;
      }
      given = { ...file, ...(config.noDebug === undefined ? {} : { noDebug: config.noDebug }) };
    }
    if (given.request === 'launch' && given['program'] === undefined) {
      given = { ...given, program: currentFile()?.['program'] ?? '${file}' };
    }
    return withDefaults(given, folder?.uri);
  }

  /** Checks the configuration, and brings it into the form that the adapter takes. */
  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    let ready = config;
    const document = config.request === 'launch' ? untitledDocument(config['program']) : undefined;
    if (document) {
      ready = await this.temporary.configure(ready, document);
    }
    if (ready.request === 'launch' && ready['cwd'] === undefined && ready['port'] === undefined && ready['socket'] === undefined) {
      const cwd = (folder ?? folderOf(vscode.Uri.file(String(ready['program']))))?.uri.fsPath;
      ready = cwd ? { ...ready, cwd } : ready;
    }
    if (ready.request === 'attach' && typeof ready['kernel'] === 'string' && ready['session'] === undefined) {
      ready = { ...ready, ...splitKernel(ready['kernel']) };
    }
    const attributes = attributesOf(this.services.context.extension?.packageJSON, ready.request);
    const wrong = await problem(ready, attributes);
    if (wrong) {
      this.temporary.remove(ready);
      await this.refuse(folder, config, wrong);
      return undefined;
    }
    for (const { name, meant } of misspelt(config, attributes)) {
      const message = `${config.name}: there is no attribute "${name}": did you mean "${meant}"?`;
      this.services.logs.of('debugger').warn(message);
      void vscode.window.showWarningMessage(message);
    }
    if (ready['headless']) {
      await runHeadless(this.services, ready, this.temporary, folder);
      return undefined;
    }
    return this.inLanguageServer(ready, folder);
  }

  private async refuse(folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration, wrong: string): Promise<void> {
    this.services.logs.of('debugger').error(`${config.name}: ${wrong}`);
    const open = folder ? ['Open launch.json'] : [];
    if (await vscode.window.showErrorMessage(`${config.name}: ${wrong}`, { modal: true }, ...open)) {
      await vscode.commands.executeCommand('workbench.action.debug.configure');
    }
  }

  /** Where that is wanted, the language server's process debugs. */
  private async inLanguageServer(config: vscode.DebugConfiguration, folder?: vscode.WorkspaceFolder): Promise<vscode.DebugConfiguration> {
    const adapter = config['adapter'] ?? setting('debug.adapter', 'process', folder?.uri);
    if (adapter !== 'languageServer' || config['port'] !== undefined || config['socket'] !== undefined || config.request !== 'launch') {
      return config;
    }
    try {
      const { address, token } = await this.services.language.command<{ address: string; token: string }>('llmspell.debugServer');
      const at = address.lastIndexOf(':');
      return { ...config, host: address.slice(0, at), port: Number(address.slice(at + 1)), token };
    } catch (error) {
      this.services.logs.of('debugger').warn(`a process of its own debugs "${config.name}": ${String(error)}`);
      return config;
    }
  }
}

/** What can be debugged without launch.json, in the list of the Run and Debug view. */
export class DynamicConfigurations implements vscode.DebugConfigurationProvider {
  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    const launch = { type: DEBUG_TYPE, request: 'launch', program: '${file}' };
    return [
      { ...launch, name: 'Debug Current File' },
      { ...launch, name: 'Debug Current File in a Terminal', console: 'integratedTerminal' },
      { ...launch, name: 'Check Breakpoints of Current File (headless)', headless: {} },
      { type: DEBUG_TYPE, request: 'attach', name: 'Attach to a Kernel', kernel: '${command:pickKernel}' },
    ];
  }
}
