// What the tests of the views share: answers of llmspell without llmspell.
import type { RunOptions, RunResult } from '../../src/run';
import type { Kernel, SavedSession } from '../../src/views/kernelModel';
import * as stub from '../vscode';

export function kernel(id: string, more: Partial<Kernel> = {}): Kernel {
  return {
    id, status: 'running', pid: 42, version: 'devel', started_at: '2026-01-01T00:00:00Z', uptime_seconds: 65, socket: `/run/${id}/kernel.sock`,
    log_file: `/state/kernel-${id}.log`, clients: 1, sessions: 0, running: 0, queued: 0, memory_bytes: 34_200_000, cpu_seconds: 1, ...more,
  };
}

export function live(id: string, more: object = {}) {
  return { id, cwd: '/work', created: '', last_use: '', busy: false, queued: 0, executions: 3, ...more };
}

export function saved(name: string, more: Partial<SavedSession> = {}): SavedSession {
  return { id: `id-of-${name}`, name, description: '', status: 'active', tags: [], created_at: '', updated_at: '', executions: 1, artifacts: 2, variables: 0, ...more };
}

/** A llmspell whose answers are given by the first words of its arguments; calls are kept. */
export class Llmspell {
  readonly calls: { args: string[]; options: RunOptions }[] = [];
  readonly answers: Record<string, Partial<RunResult> | ((args: string[], options: RunOptions) => Partial<RunResult> | Promise<Partial<RunResult>>)> = {};
  readonly logged: string[] = [];

  readonly run = async (args: readonly string[], options: RunOptions = {}): Promise<RunResult> => {
    this.calls.push({ args: [...args], options });
    const name = Object.keys(this.answers).find((words) => words === args.slice(0, words.split(' ').length).join(' '));
    const answer = name === undefined ? {} : this.answers[name]!;
    return { code: 0, stdout: '', stderr: '', ...(typeof answer === 'function' ? await answer([...args], options) : answer) };
  };

  readonly json = async <T>(args: readonly string[], options?: RunOptions): Promise<T> => {
    const result = await this.run(args, options);
    if (result.code !== 0) {
      throw new Error(result.stderr);
    }
    return JSON.parse(result.stdout) as T;
  };

  /** As much of Services as views use. */
  readonly services = {
    run: this.run,
    json: this.json,
    logs: {
      of: () => stub.channel('kernel'),
      fail: async (_component: string, message: string) => void this.logged.push(message),
    },
  };

  /** The arguments of all calls that change something. */
  changes(): string[] {
    return this.calls.map((call) => call.args.join(' ')).filter((text) => !text.startsWith('kernel status') && !text.startsWith('session list'));
  }
}
