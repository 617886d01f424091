import * as path from 'node:path';
import * as vscode from 'vscode';
import { leaves, type TestTree } from './testTree';

/** The key of a configuration that marks a session as the run of a test. */
const MARK = '__llmspellTest';

/** How a debugged script has ended. */
interface Outcome {
  exitCode?: number;
  errors: string;
  /** Where the error was raised that has ended the script, as the debugger says: from 1. */
  line?: number;
  readonly file: string;
  readonly output: (text: string) => void;
}

/** Runs tests in the debugger, one after the other. */
export class TestDebugger implements vscode.DebugAdapterTrackerFactory {
  private readonly outcomes = new Map<string, Outcome>();
  private number = 0;

  /** @param attributes tells what the settings say of a file's tests, as attributes of a configuration. */
  constructor(
    private readonly tree: TestTree,
    private readonly attributes: (file: vscode.Uri) => Readonly<Record<string, unknown>>,
  ) {}

  /** Watches how the scripts of tests end. */
  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    const outcome = this.outcomes.get(String(session.configuration[MARK]));
    return outcome && { onDidSendMessage: (message: unknown) => note(outcome, message) };
  }

  /** Debugs what items stand for, until all are through or the user stops the run. */
  async debugTests(testRun: vscode.TestRun, items: readonly vscode.TestItem[], token: vscode.CancellationToken): Promise<void> {
    const list = leaves(items);
    for (const item of list) {
      testRun.enqueued(item);
    }
    for (const item of list) {
      if (token.isCancellationRequested) {
        testRun.skipped(item);
      } else {
        await this.debugOne(testRun, item, token);
      }
    }
  }

  private async debugOne(testRun: vscode.TestRun, item: vscode.TestItem, token: vscode.CancellationToken): Promise<void> {
    const wanted = this.tree.wantedOf(item);
    if (!wanted || !item.uri) {
      return;
    }
    const mark = `${++this.number}`;
    const outcome: Outcome = { errors: '', file: wanted.file, output: (text) => testRun.appendOutput(text.replace(/\r?\n/g, '\r\n'), undefined, item) };
    this.outcomes.set(mark, outcome);
    testRun.started(item);
    const begin = Date.now();
    const watching: vscode.Disposable[] = [];
    try {
      const ended = new Promise<void>((resolve) => {
        watching.push(
          vscode.debug.onDidTerminateDebugSession((session) => session.configuration[MARK] === mark && resolve()),
          vscode.debug.onDidStartDebugSession((session) => {
            if (session.configuration[MARK] === mark) {
              watching.push(token.onCancellationRequested(() => void vscode.debug.stopDebugging(session)));
            }
          }),
        );
      });
      const configuration = {
        type: 'llmspell',
        request: 'launch',
        name: `Test ${item.label}`,
        program: wanted.file,
        ...(wanted.function === undefined ? {} : { function: wanted.function }),
        console: 'internalConsole',
        ...this.attributes(item.uri),
        [MARK]: mark,
      };
      if (!(await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(item.uri), configuration, { testRun }))) {
        testRun.errored(item, new vscode.TestMessage('The debugger could not be started: its log says why.'));
        return;
      }
      await ended;
      this.tell(testRun, item, outcome, Date.now() - begin);
    } finally {
      this.outcomes.delete(mark);
      vscode.Disposable.from(...watching).dispose();
    }
  }

  private tell(testRun: vscode.TestRun, item: vscode.TestItem, outcome: Outcome, took: number): void {
    if (outcome.exitCode === undefined) {
      testRun.skipped(item); // the user has stopped it
    } else if (outcome.exitCode === 0) {
      testRun.passed(item, took);
    } else {
      const message = new vscode.TestMessage(shortened(outcome.errors.trim(), item.uri) || `The script has ended with exit code ${outcome.exitCode}.`);
      const at = outcome.line === undefined ? item.range : new vscode.Position(outcome.line - 1, 0);
      if (item.uri && at) {
        message.location = new vscode.Location(item.uri, at);
      }
      testRun.failed(item, message, took);
    }
  }
}

/** A text in which the files of a workspace's folder are named as one sees them there, as `llmspell test` does. */
function shortened(text: string, uri: vscode.Uri | undefined): string {
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  return folder ? text.replaceAll(folder.uri.fsPath + path.sep, '') : text;
}

interface OutputBody {
  readonly exitCode?: number;
  readonly category?: string;
  readonly output?: string;
  readonly line?: number;
  readonly source?: { readonly path?: string };
}

/** Keeps what a test's end says: its exit code, and the last that it wrote to stderr. */
function note(outcome: Outcome, message: unknown): void {
  const { type, event, body } = message as { type?: string; event?: string; body?: OutputBody };
  if (type !== 'event') {
    return;
  }
  if (event === 'exited') {
    outcome.exitCode = body?.exitCode;
  } else if (event === 'output' && (body?.category === 'stderr' || body?.category === 'stdout')) {
    outcome.output(body.output ?? '');
    if (body.category === 'stderr') {
      outcome.errors = (outcome.errors + (body.output ?? '')).slice(-16_000);
      outcome.line = body.source?.path === outcome.file ? body.line : undefined;
    }
  }
}
