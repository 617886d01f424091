import * as vscode from 'vscode';
import { parseExact, stringifyExact } from './exactJson';
import type { RunOptions, RunResult } from '../run';
import { complaint } from '../run';

/** A tool in the list, as `llmspell tool list --format json` prints it. */
export interface ToolSummary {
  readonly name: string;
  readonly category: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: string;
  readonly needs: readonly string[];
}

/** As much of JSON Schema as forms use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** An example of a tool's. */
export interface Example {
  readonly description: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A tool, as `llmspell tool info --format json` prints it. */
export interface Tool extends ToolSummary {
  readonly parameters: Schema;
  readonly result?: Schema;
  readonly side_effects?: boolean;
  readonly examples?: readonly Example[];
}

/** What a call answers (docs/tools.md). */
export interface Envelope {
  readonly operation: string;
  readonly success: boolean;
  readonly message?: string;
  readonly result?: unknown;
  readonly text?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, unknown>> };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Runs llmspell. Services.run is one. */
export type RunTool = (args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** Which tools there are, and calls of them: in a kernel if one is chosen, else in a process of their own. */
export class ToolModel implements vscode.Disposable {
  private listed?: Promise<readonly ToolSummary[]>;
  private readonly known = new Map<string, Promise<Tool>>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when there may be other tools. */
  readonly onDidChange = this.changed.event;

  /**
   * @param kernel tells the chosen kernel, "" for none.
   * @param flags tells further flags of `llmspell tool`, permissions and MCP servers.
   */
  constructor(
    private readonly run: RunTool,
    private readonly kernel: () => string,
    private readonly flags: () => readonly string[],
  ) {}

  /** All tools. A failure has llmspell's words. */
  list(): Promise<readonly ToolSummary[]> {
    if (!this.listed) {
      const listed = this.json<ToolSummary[]>(['tool', 'list', '--format', 'json']);
      this.listed = listed;
      listed.catch(() => {
        if (this.listed === listed) {
          this.listed = undefined;
        }
      });
    }
    return this.listed;
  }

  /** All that is known of a tool. */
  info(name: string): Promise<Tool> {
    let tool = this.known.get(name);
    if (!tool) {
      tool = this.json<Tool>(['tool', 'info', name, '--format', 'json']);
      this.known.set(name, tool);
      tool.catch(() => this.known.delete(name));
    }
    return tool;
  }

  /** Forgets what is known: it is asked for again. */
  reload(): void {
    this.listed = undefined;
    this.known.clear();
    this.changed.fire();
  }

  /**
   * Calls a tool. The answer of one that has failed is an answer, too; what is thrown comes from
   * llmspell itself, as for a kernel that does not run.
   * @param extra flags of this call.
   */
  async invoke(name: string, params: Readonly<Record<string, unknown>>, extra: readonly string[] = [], signal?: AbortSignal): Promise<Envelope> {
    // The signal is Node's way to end a process, which ends the call.
    const result = await this.run(['tool', 'invoke', name, '--params', '-', '--format', 'json', ...this.common(), ...extra], {
      input: stringifyExact(params),
      timeout: 0,
      ...(signal ? { signal } : {}),
    });
    const envelope = readEnvelope(result.stdout);
    if (!envelope) {
      throw new Error(complaint(result));
    }
    return envelope;
  }

  /** The flags of all commands: which kernel, permissions and MCP servers. */
  common(): string[] {
    const kernel = this.kernel();
    return [...(kernel ? ['--connect', kernel] : []), ...this.flags()];
  }

  private async json<T>(args: readonly string[]): Promise<T> {
    const result = await this.run([...args, ...this.common()]);
    if (result.code !== 0) {
      throw new Error(complaint(result));
    }
    return JSON.parse(result.stdout) as T;
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** Reads the answer of a call; undefined if the text is none. */
export function readEnvelope(text: string): Envelope | undefined {
  try {
    const value = parseExact(text);
    return typeof value === 'object' && value !== null && 'success' in value && 'operation' in value ? (value as Envelope) : undefined;
  } catch {
    return undefined;
  }
}

const CATEGORIES: Readonly<Record<string, string>> = {
  utility: 'Utilities',
  data: 'Data',
  document: 'Documents',
  filesystem: 'Files',
  media: 'Media',
  system: 'System',
  api: 'APIs and services',
  web: 'Web',
  mcp: 'MCP servers',
};

/** What a category is called for people. */
export function categoryLabel(category: string): string {
  return CATEGORIES[category] ?? (category ? category.charAt(0).toUpperCase() + category.slice(1) : 'Other');
}
