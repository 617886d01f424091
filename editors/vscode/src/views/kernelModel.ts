import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { RunOptions } from '../run';

/** A session that lives in a kernel, as `session.list` of docs/rpc.md gives it. */
export interface LiveSession {
  readonly id: string;
  readonly name?: string;
  readonly cwd: string;
  readonly created: string;
  readonly last_use: string;
  readonly busy: boolean;
  readonly queued: number;
  readonly executions: number;
  readonly ephemeral?: boolean;
  /** The id of its session on disk. */
  readonly record?: string;
}

/** A kernel, as `llmspell kernel status --sessions --format json` prints it. */
export interface Kernel {
  readonly id: string;
  readonly status: 'running' | 'stopping' | 'unresponsive';
  readonly pid: number;
  readonly version: string;
  readonly started_at: string;
  readonly uptime_seconds: number;
  readonly socket: string;
  readonly address?: string;
  readonly log_file?: string;
  readonly clients: number;
  readonly sessions: number;
  readonly running: number;
  readonly queued: number;
  readonly memory_bytes: number;
  readonly cpu_seconds: number;
  readonly session_list?: readonly LiveSession[];
}

/** A session on disk, as `llmspell session list --format json` prints it. */
export interface SavedSession {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: 'active' | 'suspended' | 'completed' | 'failed' | 'archived';
  readonly tags: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly executions: number;
  readonly artifacts: number;
  readonly variables: number;
}

/** Asks llmspell, and reads its JSON. Services.json is one. */
export type Ask = <T>(args: readonly string[], options?: RunOptions) => Promise<T>;

/** The newest sessions on disk are shown, so many. */
const MAX_SAVED = 100;

/** How long a burst of changes in the run folder may go on before they are looked at, in milliseconds. */
const SETTLE = 300;

/**
 * Which kernels run and which sessions there are. It looks when it is told to, when the window
 * gets the focus, when the folder of the kernels changes, and every few seconds while somebody
 * observes it.
 */
export class KernelModel implements vscode.Disposable {
  kernels: readonly Kernel[] = [];
  saved: readonly SavedSession[] = [];
  /** Why the last look has failed. */
  failure?: string;

  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when a look has found something new. */
  readonly onDidChange = this.changed.event;

  private looking?: Promise<void>;
  private again = false;
  private shown = '';
  private looked = false;
  private following = false;
  private observers = 0;
  private timer?: ReturnType<typeof setInterval>;
  private settling?: ReturnType<typeof setTimeout>;
  private watcher?: FSWatcher;
  private gone = false;

  /** @param seconds how often it looks while it is observed; 0: never by itself. */
  constructor(
    private readonly ask: Ask,
    private readonly seconds: () => number,
    private readonly folder: () => string = () => runFolder(process.env),
  ) {}

  /** Looks now. Calls while a look goes on are answered by one more look. */
  refresh(): Promise<void> {
    if (this.looking) {
      this.again = true;
      return this.looking;
    }
    this.looking = this.lookUntilCurrent().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookUntilCurrent(): Promise<void> {
    do {
      this.again = false;
      await this.look();
    } while (this.again && !this.gone);
  }

  private async look(): Promise<void> {
    try {
      this.kernels = await this.ask<Kernel[]>(['kernel', 'status', '--sessions', '--format', 'json']);
      this.saved = await this.ask<SavedSession[]>(['session', 'list', '--format', 'json', '--limit', String(MAX_SAVED)]);
      this.failure = undefined;
      this.looked = true;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.looked = false;
    }
    // Time passes always: it is no news.
    const seen = JSON.stringify([this.failure, this.kernels, this.saved], (key, value: unknown) =>
      key === 'uptime_seconds' || key === 'cpu_seconds' ? undefined : value,
    );
    if (seen !== this.shown && !this.gone) {
      this.shown = seen;
      this.changed.fire();
    }
  }

  /** Which process has the id, "" for none: it changes when other tools may be there. */
  identity(id: string): string {
    const kernel = this.find(id);
    return kernel ? `${kernel.id} ${kernel.pid} ${kernel.started_at}` : '';
  }

  /** Keeps looking until what it returns is disposed of. */
  observe(): vscode.Disposable {
    this.observers++;
    this.keepLooking();
    void this.refresh();
    let ended = false;
    return new vscode.Disposable(() => {
      if (!ended) {
        ended = true;
        this.observers--;
        this.keepLooking();
      }
    });
  }

  /**
   * Looks now if the folder of the kernels has any, and from now on when it changes. That starts no
   * process where no kernel was ever started.
   */
  async glance(): Promise<void> {
    this.following = true;
    this.keepLooking();
    const names = await readdir(this.folder()).catch(() => []);
    if (names.length > 0 && !this.gone) {
      await this.refresh();
    }
  }

  /** Whether it knows which kernels run: a look has succeeded, and changes since then are seen. */
  get sure(): boolean {
    return this.looked && (this.watcher !== undefined || this.timer !== undefined);
  }

  /** Takes a change of the setting into account. */
  keepLooking(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.gone || (this.observers === 0 && !this.following)) {
      this.unwatch();
      return;
    }
    this.watchFolder();
    if (this.observers === 0) {
      return;
    }
    const seconds = this.seconds();
    if (seconds > 0) {
      this.timer = setInterval(() => {
        this.watchFolder();
        if (vscode.window.state.focused) {
          void this.refresh();
        }
      }, seconds * 1000);
    }
  }

  /** The kernel of an id. */
  find(id: string): Kernel | undefined {
    return this.kernels.find((kernel) => kernel.id === id);
  }

  private watchFolder(): void {
    if (this.watcher) {
      return;
    }
    try {
      this.watcher = watch(this.folder(), { persistent: false }, () => this.settle());
      this.watcher.on('error', () => this.unwatch()); // the folder is gone
    } catch {
      // There was no kernel yet. The timer tries again.
    }
  }

  private settle(): void {
    this.settling ??= setTimeout(() => {
      this.settling = undefined;
      void this.refresh();
    }, SETTLE);
  }

  private unwatch(): void {
    this.watcher?.close();
    this.watcher = undefined;
    clearTimeout(this.settling);
    this.settling = undefined;
  }

  dispose(): void {
    this.gone = true;
    this.keepLooking();
    this.changed.dispose();
  }
}

/** The folder in which llmspell keeps one folder for each kernel that runs (docs/kernel-daemon.md). */
export function runFolder(env: NodeJS.ProcessEnv): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime) {
    return path.join(runtime, 'llmspell');
  }
  const uid = userInfo().uid;
  return path.join(tmpdir(), uid >= 0 ? `llmspell-${uid}` : 'llmspell');
}

/** A number of bytes for people: "34 MB". */
export function megabytes(bytes: number): string {
  return bytes > 0 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : '';
}

/** A duration for people: "42 s", "3 min", "2 h 5 min", "3 d 1 h". */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) {
    return `${Math.floor(seconds)} s`;
  }
  if (hours < 1) {
    return `${minutes} min`;
  }
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "1 session", "2 sessions". */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
