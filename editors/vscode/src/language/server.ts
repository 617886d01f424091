import * as vscode from 'vscode';
// Only types: the library takes longer to load than all else, so it is loaded when a server starts.
import type {
  ClientCapabilities,
  CloseHandlerResult,
  ConfigurationParams,
  LanguageClient,
  LanguageClientOptions,
  State,
  StaticFeature,
} from 'vscode-languageclient/node';
import type { Services } from '../services';
import { globalArguments, setting } from '../settings';

/** Commands of the server's code lenses that the extension has. The server announces the others. */
export const OWN_COMMANDS = ['llmspell.run', 'llmspell.debug', 'llmspell.showReferences'] as const;

/** Sections of the settings that are the server's; docs/lsp.md has them. */
export const SERVER_SECTIONS = ['diagnostics', 'completion', 'hints', 'codeLens', 'workspace'];

/** After so many ends without being asked, within RESTART_WINDOW, the server is left alone. */
const MAX_RESTARTS = 4;
const RESTART_WINDOW = 3 * 60_000;

/** How the server is. */
export type ServerState = 'stopped' | 'starting' | 'running' | 'failed';

/** Announces the commands that the extension has itself. */
class OwnCommands implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), commands: { commands: [...OWN_COMMANDS] } };
  }
  initialize(): void {}
  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }
  clear(): void {}
}

type Library = typeof import('vscode-languageclient/node');

/** The client of `llmspell lsp`: one process a window. */
export class LanguageServer implements vscode.Disposable {
  private client?: LanguageClient;
  private work: Promise<void> = Promise.resolve();
  private ends: number[] = [];
  private current: ServerState = 'stopped';
  /** Whether a start has failed because there was no program. */
  private missing = false;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.changed.event;

  constructor(private readonly services: Services) {}

  get state(): ServerState {
    return this.current;
  }

  /** Starts the server, if it is on and there is a program. Does nothing while it runs. */
  start(): Promise<void> {
    return this.after(() => this.startNow());
  }

  /** Starts the server if it is only the program that a start before has missed. */
  found(): Promise<void> {
    return this.after(() => (this.missing ? this.startNow() : Promise.resolve()));
  }

  /** Stops the server. */
  stop(): Promise<void> {
    return this.after(() => this.stopNow());
  }

  /** Stops the server, and starts it with the settings and the program of now. */
  restart(): Promise<void> {
    return this.after(async () => {
      await this.stopNow();
      this.ends = [];
      await this.startNow();
    });
  }

  /**
   * Has the server carry out one of its commands (workspace/executeCommand). It fails if the
   * server does not run.
   */
  async command<T>(name: string, ...args: unknown[]): Promise<T> {
    return this.request<T>('workspace/executeCommand', { command: name, arguments: args });
  }

  /** Sends a request to the server. It fails if the server does not run. */
  async request<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<T> {
    await this.work;
    if (!this.client || this.current !== 'running') {
      throw new Error('the language server does not run');
    }
    return this.client.sendRequest<T>(method, params, token);
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
  }

  // One after the other: a restart waits for a start that goes on.
  private after(task: () => Promise<void>): Promise<void> {
    const next = this.work.then(task);
    this.work = next.catch(() => undefined);
    return next;
  }

  private become(state: ServerState): void {
    if (state !== this.current) {
      this.current = state;
      this.changed.fire(state);
    }
  }

  private async startNow(): Promise<void> {
    if (this.client || !setting('languageServer.enable', true)) {
      return;
    }
    const program = await this.services.program();
    this.missing = !program;
    if (!program) {
      this.become('failed');
      return;
    }
    const kernel = setting('kernel', '');
    const args = [...program.args, ...globalArguments(), 'lsp', ...(kernel ? ['--connect', kernel] : []), ...setting<string[]>('languageServer.args', [])];
    const options = { cwd: program.cwd, env: { ...process.env, ...this.services.environment() } };
    const library = await import('vscode-languageclient/node');
    const server = { command: program.command, args, options };
    const client: LanguageClient = new library.LanguageClient('llmspell', 'llmspell', server, this.options(library, () => client));
    client.registerFeature(new OwnCommands());
    client.onDidChangeState((change) => this.follow(library, client, change.newState));
    this.client = client;
    this.become('starting');
    try {
      await client.start();
      this.become('running');
    } catch (error) {
      this.client = undefined;
      this.become('failed');
      this.services.logs.of('language server').error(String(error));
      void this.tell(`The language server cannot be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.missing = false;
    if (client) {
      // A request that is on its way into the client would fail, and be shown: it is let through first.
      await new Promise(setImmediate);
      // One that does not answer is killed by the client library.
      await client.dispose().catch((error: unknown) => this.services.logs.of('language server').warn(String(error)));
    }
    this.become('stopped');
  }

  private follow({ State }: Library, client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return;
    }
    if (state === State.Running) {
      this.become('running');
    } else if (state === State.Starting) {
      this.become('starting');
    } else if (this.current === 'running') {
      this.become('stopped');
    }
  }

  /** @param own gives the client that the options are for. */
  private options(library: Library, own: () => LanguageClient): LanguageClientOptions {
    return {
      documentSelector: [
        { language: 'lua', scheme: 'file' },
        { language: 'lua', scheme: 'untitled' },
        { language: 'lua', scheme: 'llmspell-library' },
      ],
      outputChannel: this.services.logs.of('language server'),
      synchronize: { configurationSection: 'llmspell' },
      middleware: {
        workspace: {
          // A change that has the server started anew is nothing to tell the old one.
          didChangeConfiguration: async (sections, next) => {
            await new Promise(setImmediate);
            await this.work;
            if (own() === this.client && this.current === 'running') {
              await next(sections);
            }
          },
          // The server gets its own sections only.
          configuration: async (params, token, next) => {
            const answer = await next(params, token);
            return Array.isArray(answer) ? answer.map((value: unknown, i) => serverSettings(params, i, value)) : answer;
          },
        },
      },
      errorHandler: {
        error: () => ({ action: library.ErrorAction.Continue }),
        closed: () => this.closed(library),
      },
    };
  }

  private closed({ CloseAction }: Library): CloseHandlerResult {
    const now = Date.now();
    this.ends = [...this.ends.filter((time) => now - time < RESTART_WINDOW), now];
    if (this.ends.length <= MAX_RESTARTS) {
      return { action: CloseAction.Restart, handled: true };
    }
    this.become('failed');
    void this.tell(`The language server has ended ${this.ends.length} times within three minutes, and is not started again.`);
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private async tell(message: string): Promise<void> {
    if ((await this.services.logs.fail('language server', message, 'Restart')) === 'Restart') {
      await this.restart();
    }
  }
}

/** The server's part of an answer to workspace/configuration. */
export function serverSettings(params: ConfigurationParams, item: number, value: unknown): unknown {
  if (params.items[item]?.section !== 'llmspell' || typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).filter(([name]) => SERVER_SECTIONS.includes(name)));
}
