import * as path from 'node:path';

/** A line of `llmspell test --format json` (docs/testing.md). */
export interface TestLine {
  readonly type: 'test' | 'start' | 'output' | 'result' | 'summary';
  readonly file: string;
  /** The test function; undefined for a file that is a test itself. */
  readonly function?: string;
  /** From 1. */
  readonly line: number;
  readonly end_line: number;
  readonly text?: string;
  readonly status?: 'passed' | 'failed';
  readonly duration_ms?: number;
  readonly message?: string;
  readonly error_line?: number;
  readonly traceback?: string;
}

/** Makes JSON lines of pieces of text. A line that is none is passed over. */
export class LineReader {
  private rest = '';

  constructor(private readonly take: (line: TestLine) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const value = readLine(line);
      if (value) {
        this.take(value);
      }
    }
  }
}

/** Reads all lines of a text. */
export function readLines(text: string): TestLine[] {
  const out: TestLine[] = [];
  new LineReader((line) => out.push(line)).push(`${text}\n`);
  return out;
}

function readLine(text: string): TestLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as TestLine) : undefined;
  } catch {
    return undefined;
  }
}

/** A test as it is asked for. */
export interface Wanted {
  readonly file: string;
  /** undefined: all tests of the file. */
  readonly function?: string;
}

/** A call of `llmspell test`: all tests of files, or some tests of one. */
export interface Call {
  readonly files: readonly string[];
  readonly functions: readonly string[];
}

/** So many files are given to one process: command lines have an end. */
const MAX_FILES = 100;

/** The calls that run what is wanted, each test once. */
export function plan(wanted: readonly Wanted[]): Call[] {
  const whole = new Set<string>();
  const some = new Map<string, Set<string>>();
  for (const { file, function: name } of wanted) {
    if (name === undefined) {
      whole.add(file);
    } else {
      some.set(file, (some.get(file) ?? new Set()).add(name));
    }
  }
  const files = [...whole];
  const calls: Call[] = [];
  for (let i = 0; i < files.length; i += MAX_FILES) {
    calls.push({ files: files.slice(i, i + MAX_FILES), functions: [] });
  }
  for (const [file, names] of some) {
    if (!whole.has(file)) {
      calls.push({ files: [file], functions: [...names] });
    }
  }
  return calls;
}

/** The arguments of llmspell for a call in a folder, relative to which messages name the files. */
export function argumentsOf(call: Call, folder: string, flags: readonly string[], coverage?: string): string[] {
  return [
    'test',
    '--format',
    'json',
    ...call.functions.flatMap((name) => ['--run', name]),
    ...(coverage === undefined ? [] : ['--coverage', `lcov:${coverage}`]),
    ...flags,
    '--',
    ...call.files.map((file) => relativeTo(folder, file)),
  ];
}

function relativeTo(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

/** What a failed test says: the message, and where the error was raised. */
export function failureText(line: TestLine): string {
  return [line.message ?? 'The test has failed.', line.traceback].filter(Boolean).join('\n');
}
