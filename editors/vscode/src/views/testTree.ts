import * as vscode from 'vscode';
import type { RunResult } from '../run';
import { readLines, type TestLine, type Wanted } from './testLines';

/** The files with tests. */
export const TEST_FILES = '**/*_test.lua';

/** So many files are listed by one process. */
const BATCH = 100;

/** Lists the tests of files: runs llmspell with arguments. */
export type List = (args: readonly string[]) => Promise<RunResult>;

/**
 * The items of the Test Explorer: files, and the test functions in them, as `llmspell test --list`
 * finds them. A file without test functions is a test itself.
 */
export class TestTree {
  private readonly wanted = new WeakMap<vscode.TestItem, Wanted>();

  constructor(
    private readonly controller: vscode.TestController,
    private readonly list: List,
  ) {}

  /** Finds all files with tests in the workspace, and their tests. */
  async findAll(): Promise<void> {
    const files = await vscode.workspace.findFiles(TEST_FILES, '**/{node_modules,vendor,.git}/**');
    const found = new Set(files.map((uri) => uri.toString()));
    for (const [id] of [...this.controller.items]) {
      if (!found.has(id)) {
        this.controller.items.delete(id);
      }
    }
    for (let i = 0; i < files.length; i += BATCH) {
      await this.update(files.slice(i, i + BATCH));
    }
  }

  /** Looks at files again, which may be new. */
  async update(files: readonly vscode.Uri[]): Promise<void> {
    if (files.length === 0) {
      return;
    }
    const items = files.map((uri) => this.fileItem(uri));
    for (const item of items) {
      item.busy = true;
    }
    try {
      const result = await this.list(['test', '--list', '--format', 'json', '--', ...files.map((uri) => uri.fsPath)]);
      if (result.code !== 0 && files.length > 1) {
        for (const uri of files) {
          await this.update([uri]); // one of them cannot be read: the others can
        }
        return;
      }
      const lines = readLines(result.stdout);
      for (const item of items) {
        item.error = result.code === 0 ? undefined : result.stderr.trim();
        this.fill(item, lines.filter((line) => line.type === 'test' && line.file === item.uri?.fsPath));
      }
    } catch (error) {
      for (const item of items) {
        item.error = error instanceof Error ? error.message : String(error);
      }
    } finally {
      for (const item of items) {
        item.busy = false;
      }
    }
  }

  /** Forgets a file that is gone. */
  remove(uri: vscode.Uri): void {
    this.controller.items.delete(uri.toString());
  }

  /** What an item stands for. */
  wantedOf(item: vscode.TestItem): Wanted | undefined {
    return this.wanted.get(item);
  }

  /** The item of a test that runs; it is made if it is new. */
  itemOf(line: TestLine): vscode.TestItem {
    const file = this.fileItem(vscode.Uri.file(line.file));
    return line.function === undefined ? file : this.testItem(file, line, line.function);
  }

  private fileItem(uri: vscode.Uri): vscode.TestItem {
    const id = uri.toString();
    let item = this.controller.items.get(id);
    if (!item) {
      item = this.controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri);
      this.wanted.set(item, { file: uri.fsPath });
      this.controller.items.add(item);
    }
    return item;
  }

  /** Brings the tests of a file up to date. Items stay what they are: results and messages belong to them. */
  private fill(file: vscode.TestItem, lines: readonly TestLine[]): void {
    const now = new Set(lines.map((line) => childId(file, line.function ?? '')));
    for (const [id] of [...file.children]) {
      if (!now.has(id)) {
        file.children.delete(id);
      }
    }
    for (const line of lines) {
      if (line.function !== undefined) {
        this.testItem(file, line, line.function);
      }
    }
    const first = lines[0];
    file.range = first && first.function === undefined ? new vscode.Range(0, 0, 0, 0) : undefined;
  }

  /** The item of a test function, where it is now; it is made if it is new. */
  private testItem(file: vscode.TestItem, line: TestLine, name: string): vscode.TestItem {
    const id = childId(file, name);
    let item = file.children.get(id);
    if (!item) {
      item = this.controller.createTestItem(id, name, file.uri);
      this.wanted.set(item, { file: line.file, function: name });
      file.children.add(item);
    }
    const range = new vscode.Range(line.line - 1, 0, line.end_line - 1, 0);
    if (!item.range?.isEqual(range)) {
      item.range = range;
      item.sortText = String(line.line).padStart(8, '0');
    }
    return item;
  }
}

function childId(file: vscode.TestItem, name: string): string {
  return `${file.id}#${name}`;
}

/** The tests below items, without those that are excluded; files that are whole stay one. */
export function selected(included: Iterable<vscode.TestItem>, excluded: readonly vscode.TestItem[]): vscode.TestItem[] {
  const out: vscode.TestItem[] = [];
  for (const item of included) {
    if (excluded.includes(item)) {
      continue;
    }
    const children = [...item.children].map(([, child]) => child);
    if (children.some((child) => excluded.includes(child))) {
      out.push(...selected(children, excluded));
    } else {
      out.push(item);
    }
  }
  return out;
}

/** The tests that items stand for, each once: those of a file, or the item itself. */
export function leaves(items: readonly vscode.TestItem[]): vscode.TestItem[] {
  return [...new Set(items.flatMap((item) => (item.children.size === 0 ? [item] : [...item.children].map(([, child]) => child))))];
}
