// A stand-in for vscode-languageclient/node: a client that starts, or fails to, as tests say.
import { EventEmitter } from './vscode';

export const State = { Stopped: 1, Starting: 3, Running: 2 };
export const CloseAction = { DoNotRestart: 1, Restart: 2 };
export const ErrorAction = { Continue: 1, Shutdown: 2 };

interface Options {
  errorHandler: { closed(): { action: number } | Promise<{ action: number }> };
  middleware: { workspace: { configuration(params: unknown, token: unknown, next: () => unknown): Promise<unknown> } };
}

/** All clients that were made. */
export const clients: LanguageClient[] = [];
/** How the next ones behave. */
export const behaviour = { fails: undefined as Error | undefined, answer: undefined as unknown };

export class LanguageClient {
  private readonly changed = new EventEmitter<{ oldState: number; newState: number }>();
  readonly onDidChangeState = this.changed.event;
  readonly features: { fillClientCapabilities(capabilities: object): void }[] = [];
  readonly requests: { method: string; params: unknown }[] = [];
  disposed = false;

  constructor(
    readonly id: string,
    readonly name: string,
    readonly server: { command: string; args: string[]; options: { cwd?: string; env: Record<string, string> } },
    readonly options: Options,
  ) {
    clients.push(this);
  }

  registerFeature(feature: { fillClientCapabilities(capabilities: object): void }): void {
    this.features.push(feature);
  }

  async start(): Promise<void> {
    if (behaviour.fails) {
      throw behaviour.fails;
    }
    this.changed.fire({ oldState: State.Stopped, newState: State.Running });
  }

  async sendRequest(method: string, params: unknown): Promise<unknown> {
    this.requests.push({ method, params });
    return behaviour.answer;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.changed.fire({ oldState: State.Running, newState: State.Stopped });
  }
}
