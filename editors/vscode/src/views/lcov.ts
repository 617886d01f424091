import * as path from 'node:path';

/** A function in a report. */
export interface CoveredFunction {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly count: number;
}

/** What has run of a file. */
export interface CoveredFile {
  /** An absolute path. */
  readonly file: string;
  /** How often lines have run, by their numbers from 1. */
  readonly lines: ReadonlyMap<number, number>;
  readonly functions: readonly CoveredFunction[];
}

/**
 * Reads a report in the format of lcov, as `--coverage lcov:FILE` writes it. Records of one file
 * are added up; paths are relative to root. What it does not know, it passes over.
 */
export function readLcov(text: string, root: string): CoveredFile[] {
  const files = new Map<string, Building>();
  let file: Building | undefined;
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const [key, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
    if (key === 'SF') {
      const name = path.resolve(root, value);
      file = files.get(name) ?? { lines: new Map(), starts: new Map(), counts: new Map() };
      files.set(name, file);
    } else if (key === 'end_of_record') {
      file = undefined;
    } else if (file) {
      note(file, key, value);
    }
  }
  return [...files].map(([name, built]) => ({
    file: name,
    lines: built.lines,
    functions: [...built.starts].map(([fn, line]) => ({ name: fn, line, count: built.counts.get(fn) ?? 0 })),
  }));
}

interface Building {
  readonly lines: Map<number, number>;
  readonly starts: Map<string, number>;
  readonly counts: Map<string, number>;
}

/** Takes DA:line,count, FN:line,name and FNDA:count,name. Names may have commas. */
function note(file: Building, key: string, value: string): void {
  const comma = value.indexOf(',');
  if (comma < 0) {
    return;
  }
  const first = Number(value.slice(0, comma));
  const rest = value.slice(comma + 1);
  if (!Number.isInteger(first) || first < 0) {
    return;
  }
  switch (key) {
    case 'DA': {
      const count = Number(rest.split(',', 1)[0]);
      if (first > 0 && Number.isFinite(count)) {
        file.lines.set(first, (file.lines.get(first) ?? 0) + count);
      }
      break;
    }
    case 'FN':
      if (first > 0) {
        file.starts.set(rest, first);
      }
      break;
    case 'FNDA':
      file.counts.set(rest, (file.counts.get(rest) ?? 0) + first);
      break;
  }
}

/** How many lines of a file can run, and how many have. */
export function totals(file: CoveredFile): { covered: number; total: number } {
  let covered = 0;
  for (const count of file.lines.values()) {
    covered += count > 0 ? 1 : 0;
  }
  return { covered, total: file.lines.size };
}
