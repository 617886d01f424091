import * as vscode from 'vscode';
import { BadSetting, locate, places, verify, WrongProgram, type Program } from './binary';
import { Logs } from './logs';
import { complaint, run, type RunOptions, type RunResult } from './run';
import { environment, globalArguments } from './settings';
import type { LanguageServer } from './language/server';

/** What all parts of the extension share. One is made at activation, and handed down. */
export class Services implements vscode.Disposable {
  readonly logs = new Logs();
  /** The language server's client; set while the extension activates. */
  language!: LanguageServer;

  private readonly ending = new AbortController();
  private found?: Promise<Program | undefined>;
  private readonly moved = new vscode.EventEmitter<void>();
  /** Fires when the program may be another one: the settings or the folders have changed. */
  readonly onDidChangeProgram = this.moved.event;
  private known?: string;
  private readonly told = new vscode.EventEmitter<Program | undefined>();
  /** Fires when a search has found another program than the one before, or none any more, whoever has searched. */
  readonly onDidFindProgram = this.told.event;
  private readonly watching: vscode.Disposable[];

  constructor(readonly context: vscode.ExtensionContext) {
    this.watching = [
      vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration('llmspell.path') && this.forget()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.forget()),
      // It may have been installed in another window.
      vscode.window.onDidChangeWindowState((state) => state.focused && this.known === '' && this.look()),
    ];
  }

  /** Looks for the program again: what was known of it counts no more. */
  forget(): void {
    this.found = undefined;
    this.moved.fire();
    this.look();
  }

  /** Looks for the program, so that the walkthrough and onDidFindProgram tell. Nothing is shown. */
  look(): void {
    void this.find().catch(() => undefined); // who needs it tells
  }

  /** The llmspell program, or undefined if there is none. Nothing is shown. */
  async find(): Promise<Program | undefined> {
    this.found ??= locate(places(this.context.extensionPath)).then(async (program) => {
      if (program) {
        await verify(program);
      }
      this.logs.of('extension').info(program ? `${program.command} ${program.args.join(' ')}(${program.origin})` : 'there is no llmspell');
      return program;
    });
    const search = this.found;
    try {
      const program = await search;
      if (this.found === search) {
        this.found = program && search; // it may be installed in the meantime
        this.remember(program);
      }
      return program;
    } catch (error) {
      if (this.found === search) {
        this.found = undefined;
        this.remember(undefined);
      }
      throw error;
    }
  }

  /** Tells what a search has found, if that is news. */
  private remember(program: Program | undefined): void {
    const known = program ? JSON.stringify(program) : '';
    if (known === this.known) {
      return;
    }
    this.known = known;
    void vscode.commands.executeCommand('setContext', 'llmspell.found', program !== undefined);
    this.told.fire(program);
  }

  /** The llmspell program. If there is none, the user is told what to do, and the answer is undefined. */
  async program(): Promise<Program | undefined> {
    let message = 'llmspell was not found: not in the setting llmspell.path, the workspace, on PATH, in the extension, or where go install puts it.';
    try {
      const program = await this.find();
      if (program) {
        return program;
      }
    } catch (error) {
      if (!(error instanceof BadSetting || error instanceof WrongProgram)) {
        throw error;
      }
      message = `${error.message}.`;
    }
    void this.tellMissing(message);
    return undefined;
  }

  private async tellMissing(message: string): Promise<void> {
    switch (await this.logs.fail('extension', message, 'Choose…', 'How to Install')) {
      case 'Choose…':
        await vscode.commands.executeCommand('llmspell.choosePath');
        break;
      case 'How to Install':
        await vscode.commands.executeCommand('llmspell.installHelp');
        break;
    }
  }

  /** The environment of llmspell's processes: that of the editor, and llmspell.env over it. */
  environment(scope?: vscode.ConfigurationScope): Record<string, string> {
    return environment(scope);
  }

  /**
   * Runs llmspell with arguments to its end. It fails with a message for people if there is no
   * llmspell, or it cannot be started; an exit code is a result.
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const program = await this.find();
    if (!program) {
      throw new Error('llmspell was not found: set llmspell.path');
    }
    const env = { ...environment(), ...options.env };
    // What still runs ends with the window.
    const signal = options.signal ? AbortSignal.any([options.signal, this.ending.signal]) : this.ending.signal;
    return run(program, [...globalArguments(), ...args], { cwd: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath, ...options, env, signal });
  }

  /** Runs llmspell, and reads what it prints as JSON. A failed run is an error with its words. */
  async json<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
    const result = await this.run(args, options);
    if (result.code !== 0) {
      throw new Error(`llmspell ${args.join(' ')}: ${complaint(result)}`);
    }
    return JSON.parse(result.stdout) as T;
  }

  dispose(): void {
    this.ending.abort();
    vscode.Disposable.from(...this.watching).dispose();
    this.moved.dispose();
    this.told.dispose();
    this.logs.dispose();
  }
}
