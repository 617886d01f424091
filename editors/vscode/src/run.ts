import { spawn } from 'node:child_process';
import type { Program } from './binary';

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** What it reads from stdin; nothing if undefined. */
  readonly input?: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which it is ended; default 60,000; 0: never. */
  readonly timeout?: number;
  /** Called with what it prints, as it comes. */
  readonly output?: (text: string, stream: 'stdout' | 'stderr') => void;
}

/** How a program has ended. */
export interface RunResult {
  /** The exit code; -1 if it was ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** More than this much of a program's output is an error, in characters. */
const MAX_OUTPUT = 64 << 20;

/** Runs a program to its end. It fails if the program cannot be started, was ended, or talks too much. */
export function run(program: Program, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      cwd: program.cwd ?? options.cwd,
      env: { ...process.env, ...options.env },
      signal: options.signal,
      windowsHide: true,
    });
    // spawn's own limit outlives a program that could not be started.
    const patience = options.timeout ?? 60_000;
    const limit = patience > 0 ? setTimeout(() => child.kill(), patience) : undefined;
    const texts = { stdout: '', stderr: '' };
    const collect = (stream: 'stdout' | 'stderr') => (text: string) => {
      texts[stream] += text;
      options.output?.(text, stream);
      if (texts[stream].length > MAX_OUTPUT) {
        child.kill();
        reject(new Error(`llmspell ${args[0]} prints too much: more than ${MAX_OUTPUT} characters`));
      }
    };
    child.stdout.setEncoding('utf8').on('data', collect('stdout'));
    child.stderr.setEncoding('utf8').on('data', collect('stderr'));
    child.stdin.on('error', () => undefined); // it may end without having read
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? -1, ...texts });
    });
  });
}

/** What a failed run says of itself: the last lines that it wrote to stderr. */
export function complaint(result: RunResult): string {
  const lines = result.stderr.trim().split('\n').slice(-5).join('\n');
  return lines || `exit code ${result.code}`;
}
