import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { complaint, type RunOptions, type RunResult } from '../run';
import { readLcov, totals, type CoveredFile } from './lcov';
import { argumentsOf, failureText, LineReader, plan, type TestLine } from './testLines';
import { leaves, type TestTree } from './testTree';

/** Runs llmspell. Services.run is one. */
export type RunTests = (args: readonly string[], options: RunOptions) => Promise<RunResult>;

/** Runs tests by `llmspell test`, and tells a TestRun what comes of them. */
export class TestRunner {
  private readonly covered = new WeakMap<vscode.FileCoverage, CoveredFile>();

  /** @param flags tells further flags of `llmspell test` for a folder's tests, by a file there. */
  constructor(
    private readonly tree: TestTree,
    private readonly run: RunTests,
    private readonly flags: (file: vscode.Uri) => readonly string[],
  ) {}

  /** Runs what items stand for, and with coverage tells what has run. It does not end the TestRun. */
  async runTests(testRun: vscode.TestRun, items: readonly vscode.TestItem[], token: vscode.CancellationToken, coverage: boolean): Promise<void> {
    const folders = new Map<string, vscode.TestItem[]>();
    for (const item of items) {
      const folder = (item.uri && vscode.workspace.getWorkspaceFolder(item.uri)?.uri.fsPath) ?? path.dirname(item.uri?.fsPath ?? '.');
      folders.set(folder, [...(folders.get(folder) ?? []), item]);
    }
    for (const [folder, list] of folders) {
      await this.runFolder(testRun, folder, list, token, coverage);
    }
  }

  private async runFolder(testRun: vscode.TestRun, folder: string, items: readonly vscode.TestItem[], token: vscode.CancellationToken, coverage: boolean): Promise<void> {
    const open = new Set(leaves(items));
    for (const item of open) {
      testRun.enqueued(item);
    }
    const temp = coverage ? await mkdtemp(path.join(tmpdir(), 'llmspell-coverage-')) : undefined;
    try {
      let reports = '';
      for (const [i, call] of plan(items.flatMap((item) => this.tree.wantedOf(item) ?? [])).entries()) {
        const report = temp && path.join(temp, `${i}.info`);
        const result = await this.call(testRun, folder, argumentsOf(call, folder, this.flags(vscode.Uri.file(call.files[0] ?? folder)), report), open, token);
        if (token.isCancellationRequested) {
          break;
        }
        this.complain(testRun, call.files, result, open);
        if (report) {
          reports += await readFile(report, 'utf8').catch(() => ''); // a call that was refused has written none
        }
      }
      this.tellCoverage(testRun, readLcov(reports, folder));
    } finally {
      for (const item of open) {
        testRun.skipped(item); // the run was stopped
      }
      if (temp) {
        await rm(temp, { recursive: true, force: true });
      }
    }
  }

  private async call(testRun: vscode.TestRun, cwd: string, args: readonly string[], open: Set<vscode.TestItem>, token: vscode.CancellationToken): Promise<RunResult> {
    const reader = new LineReader((line) => this.take(testRun, { ...line, file: path.resolve(cwd, line.file ?? '') }, open));
    const controller = new AbortController();
    const stop = token.onCancellationRequested(() => controller.abort());
    if (token.isCancellationRequested) {
      controller.abort();
    }
    try {
      return await this.run(args, { cwd, signal: controller.signal, timeout: 0, output: (text, stream) => stream === 'stdout' && reader.push(text) });
    } catch (error) {
      return { code: -1, stdout: '', stderr: error instanceof Error ? error.message : String(error) };
    } finally {
      stop.dispose();
    }
  }

  private take(testRun: vscode.TestRun, line: TestLine, open: Set<vscode.TestItem>): void {
    if (line.type !== 'start' && line.type !== 'output' && line.type !== 'result') {
      return;
    }
    const item = this.tree.itemOf(line);
    switch (line.type) {
      case 'start':
        testRun.started(item);
        break;
      case 'output':
        testRun.appendOutput(terminalText(line.text ?? ''), undefined, item);
        break;
      case 'result':
        open.delete(item);
        if (line.status === 'passed') {
          testRun.passed(item, line.duration_ms);
        } else {
          testRun.failed(item, messageOf(item, line), line.duration_ms);
          testRun.appendOutput(terminalText(`${failureText(line)}\n`), undefined, item);
        }
        break;
    }
  }

  /** Tells of tests that were never heard of: the process has ended before. */
  private complain(testRun: vscode.TestRun, files: readonly string[], result: RunResult, open: Set<vscode.TestItem>): void {
    for (const item of open) {
      if (item.uri && files.includes(item.uri.fsPath) && result.code !== 0) {
        open.delete(item);
        testRun.errored(item, new vscode.TestMessage(complaint(result)));
      }
    }
  }

  private tellCoverage(testRun: vscode.TestRun, files: readonly CoveredFile[]): void {
    for (const file of files) {
      const { covered, total } = totals(file);
      const entered = file.functions.filter((fn) => fn.count > 0).length;
      const coverage = new vscode.FileCoverage(
        vscode.Uri.file(file.file),
        new vscode.TestCoverageCount(covered, total),
        undefined,
        new vscode.TestCoverageCount(entered, file.functions.length),
      );
      this.covered.set(coverage, file);
      testRun.addCoverage(coverage);
    }
  }

  /** The lines and functions of a file, for the gutter. */
  details(coverage: vscode.FileCoverage): vscode.FileCoverageDetail[] {
    const file = this.covered.get(coverage);
    if (!file) {
      return [];
    }
    const position = (line: number) => new vscode.Position(line - 1, 0);
    return [
      ...[...file.lines].map(([line, count]) => new vscode.StatementCoverage(count, position(line))),
      ...file.functions.map((fn) => new vscode.DeclarationCoverage(fn.name, fn.count, position(fn.line))),
    ];
  }
}

/** What is wrong with a test that has failed, at the line of the error. */
export function messageOf(item: vscode.TestItem, line: TestLine): vscode.TestMessage {
  const message = new vscode.TestMessage(failureText(line));
  const at = line.error_line ?? line.line;
  if (item.uri) {
    message.location = new vscode.Location(item.uri, new vscode.Position(Math.max(0, at - 1), 0));
  }
  return message;
}

/** Lines as a terminal needs them. */
function terminalText(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
