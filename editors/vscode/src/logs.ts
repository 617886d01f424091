import * as vscode from 'vscode';

/** Parts of the extension that have an output channel of their own. */
export type Component = 'extension' | 'language server' | 'debugger' | 'kernel' | 'tools' | 'tests';

/** Output channels, one a component, made when they are first used. */
export class Logs implements vscode.Disposable {
  private readonly channels = new Map<Component, vscode.LogOutputChannel>();

  /** The channel of a component: "llmspell" for the extension, else "llmspell: debugger" and so on. */
  of(component: Component): vscode.LogOutputChannel {
    let channel = this.channels.get(component);
    if (!channel) {
      const name = component === 'extension' ? 'llmspell' : `llmspell: ${component}`;
      channel = vscode.window.createOutputChannel(name, { log: true });
      this.channels.set(component, channel);
    }
    return channel;
  }

  /**
   * Shows an error with a button that opens the component's log, and with those that are given.
   * The answer is the title of the button that was taken, undefined for none or the log.
   */
  async fail(component: Component, message: string, ...buttons: string[]): Promise<string | undefined> {
    this.of(component).error(message);
    const open = 'Show Log';
    const taken = await vscode.window.showErrorMessage(message, ...buttons, open);
    if (taken === open) {
      this.of(component).show();
      return undefined;
    }
    return taken;
  }

  dispose(): void {
    for (const channel of this.channels.values()) {
      channel.dispose();
    }
    this.channels.clear();
  }
}
