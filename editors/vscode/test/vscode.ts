// A stand-in for the module "vscode", with as much as the tests need. What the editor would show
// is in `shown`; what a person would answer is put into `answers`.
import { URI } from './uri';

export { URI as Uri };

type Handler = (...args: never[]) => unknown;

/** What was shown: messages, pickers, documents, in their order. */
export const shown: { kind: string; text: string; items?: readonly unknown[] }[] = [];
/** What the next message, picker or dialog is answered; undefined if there is nothing left. */
export const answers: unknown[] = [];
/** The settings, by their full names. */
export const settings: Record<string, unknown> = {};
/** The settings of folders that have their own, by the folders' paths. */
export const folderSettings: Record<string, Record<string, unknown>> = {};
/** What was started: debug sessions, tasks, terminals. */
export const started: { kind: string; what: unknown; options?: unknown; folder?: unknown }[] = [];
/** Commands that were executed and that nobody has registered. */
export const executed: { command: string; args: unknown[] }[] = [];
export const registered = new Map<string, Handler>();

function ofFolder(scope?: URI): Record<string, unknown> {
  const folder = Object.keys(folderSettings).find((path) => scope instanceof URI && (scope.path === path || scope.path.startsWith(`${path}/`)));
  return folder === undefined ? {} : folderSettings[folder]!;
}

/** Forgets all that tests have left. */
export function reset(): void {
  for (const list of [shown, answers, started, executed]) {
    list.length = 0;
  }
  registered.clear();
  for (const values of [settings, folderSettings]) {
    Object.keys(values).forEach((name) => delete values[name]);
  }
  Object.assign(workspace, { workspaceFolders: undefined, textDocuments: [] });
  Object.assign(window, { activeTextEditor: undefined });
  Object.assign(debug, { breakpoints: [], activeDebugSession: undefined });
}

export class Disposable {
  static from(...list: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => list.forEach((one) => one.dispose()));
  }
  constructor(private readonly end: () => unknown) {}
  dispose(): void {
    this.end();
  }
}

export class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => unknown>();
  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    [...this.listeners].forEach((listener) => listener(value));
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(a: number | Position, b: number | Position, c?: number, d?: number) {
    this.start = typeof a === 'number' ? new Position(a, b as number) : a;
    this.end = typeof a === 'number' ? new Position(c!, d!) : (b as Position);
  }
  isEqual(other: Range): boolean {
    return JSON.stringify(this) === JSON.stringify(other);
  }
}
export class Selection extends Range {}

export class Location {
  readonly range: Range;
  constructor(
    readonly uri: URI,
    at: Range | Position,
  ) {
    this.range = at instanceof Range ? at : new Range(at, at);
  }
}

/** A class that keeps what it was made with, in `args`. */
function bag() {
  return class {
    readonly args: readonly unknown[];
    [key: string]: unknown;
    constructor(...args: unknown[]) {
      this.args = args;
    }
  };
}

export class EvaluatableExpression {
  constructor(
    readonly range: Range,
    readonly expression?: string,
  ) {}
}
export class DebugAdapterExecutable extends bag() {}
export class DebugAdapterServer {
  constructor(
    readonly port: number,
    readonly host?: string,
  ) {}
}
export class DebugAdapterNamedPipeServer {
  constructor(readonly path: string) {}
}
export class DebugAdapterInlineImplementation {
  constructor(readonly implementation: unknown) {}
}
export class Breakpoint {
  constructor(
    readonly enabled = true,
    readonly condition?: string,
    readonly hitCondition?: string,
    readonly logMessage?: string,
  ) {}
}
export class SourceBreakpoint extends Breakpoint {
  constructor(
    readonly location: Location,
    enabled?: boolean,
    condition?: string,
    hitCondition?: string,
    logMessage?: string,
  ) {
    super(enabled, condition, hitCondition, logMessage);
  }
}
export class FunctionBreakpoint extends Breakpoint {
  constructor(
    readonly functionName: string,
    enabled?: boolean,
    condition?: string,
    hitCondition?: string,
    logMessage?: string,
  ) {
    super(enabled, condition, hitCondition, logMessage);
  }
}
export class ProcessExecution {
  constructor(
    readonly process: string,
    readonly args: string[],
    readonly options?: { cwd?: string; env?: Record<string, string> },
  ) {}
}
export class Task {
  presentationOptions: unknown;
  group: unknown;
  constructor(
    readonly definition: { type: string },
    readonly scope: unknown,
    readonly name: string,
    readonly source: string,
    readonly execution: ProcessExecution,
    readonly problemMatchers?: string,
  ) {}
}
export class TerminalProfile {
  constructor(readonly options: unknown) {}
}
export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: unknown,
  ) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export class TreeItem {
  [key: string]: unknown;
  constructor(
    readonly label: unknown,
    readonly collapsibleState?: number,
  ) {}
}
export class MarkdownString {
  isTrusted?: boolean;
  constructor(public value = '') {}
  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
  appendCodeblock(text: string, language = ''): this {
    this.value += `\n\`\`\`${language}\n${text}\n\`\`\`\n`;
    return this;
  }
}
export class SnippetString {
  constructor(public value = '') {}
}
export class CancellationTokenSource {
  private readonly cancelled = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.cancelled.event };
  cancel(): void {
    this.token.isCancellationRequested = true;
    this.cancelled.fire();
  }
  dispose(): void {}
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 };
export const DebugConfigurationProviderTriggerKind = { Initial: 1, Dynamic: 2 };
export const LanguageStatusSeverity = { Information: 0, Warning: 1, Error: 2 };
export const TaskScope = { Global: 1, Workspace: 2 };
export const TaskGroup = { Build: 'build', Test: 'test' };
export const TaskRevealKind = { Always: 1, Silent: 2, Never: 3 };
export const TaskPanelKind = { Shared: 1, Dedicated: 2, New: 3 };
export const TestRunProfileKind = { Run: 1, Debug: 2, Coverage: 3 };
export const ViewColumn = { Active: -1, Beside: -2, One: 1 };
export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const UIKind = { Desktop: 1, Web: 2 };

function event<T>() {
  const emitter = new EventEmitter<T>();
  return Object.assign(emitter.event, { fire: (value: T) => emitter.fire(value) });
}

function answer(kind: string, text: string, items?: readonly unknown[]): Promise<unknown> {
  shown.push({ kind, text, items });
  const next = answers.shift();
  return Promise.resolve(typeof next === 'function' ? (next as (items?: readonly unknown[]) => unknown)(items) : next);
}

function message(kind: string) {
  return (text: string, ...rest: unknown[]) => answer(kind, text, rest.filter((item) => typeof item === 'string' || 'title' in (item as object)));
}

export function channel(name: string) {
  const lines: string[] = [];
  const write = (level: string) => (text: string) => void lines.push(`${level} ${text}`);
  return { name, lines, trace: write('trace'), debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), append: write('info'), appendLine: write('info'), show: () => void shown.push({ kind: 'log', text: name }), clear() {}, dispose() {} };
}

export const window = {
  activeTextEditor: undefined as { document: unknown; selection?: unknown } | undefined,
  visibleTextEditors: [] as unknown[],
  createOutputChannel: channel,
  showErrorMessage: message('error'),
  showWarningMessage: message('warning'),
  showInformationMessage: message('information'),
  showQuickPick: async (items: readonly unknown[] | Promise<readonly unknown[]>, options?: { title?: string }) => answer('pick', options?.title ?? '', await items),
  showInputBox: (options?: { title?: string; prompt?: string }) => answer('input', options?.title ?? options?.prompt ?? ''),
  showOpenDialog: () => answer('open', ''),
  showSaveDialog: () => answer('save', ''),
  showTextDocument: async (document: unknown) => void shown.push({ kind: 'document', text: String((document as { uri?: unknown }).uri ?? document) }),
  createTerminal: (options: unknown) => {
    started.push({ kind: 'terminal', what: options });
    return { show() {}, dispose() {} };
  },
  registerTerminalProfileProvider: () => new Disposable(() => undefined),
  onDidOpenTerminal: event<unknown>(),
  registerTreeDataProvider: () => new Disposable(() => undefined),
  createTreeView: () => ({ visible: true, onDidChangeVisibility: event(), dispose() {} }),
  createStatusBarItem: () => ({ text: '', tooltip: undefined as unknown, show() {}, hide() {}, dispose() {} }),
  withProgress: (_options: unknown, task: (...args: unknown[]) => unknown) => task({ report() {} }, new CancellationTokenSource().token),
  onDidChangeActiveTextEditor: event<unknown>(),
  onDidChangeWindowState: event<unknown>(),
};

export const commands = {
  registerCommand(name: string, run: Handler): Disposable {
    if (registered.has(name)) {
      throw new Error(`command '${name}' already exists`);
    }
    registered.set(name, run);
    return new Disposable(() => registered.delete(name));
  },
  async executeCommand(command: string, ...args: unknown[]): Promise<unknown> {
    const run = registered.get(command) as ((...args: unknown[]) => unknown) | undefined;
    if (run) {
      return run(...args);
    }
    executed.push({ command, args });
    return undefined;
  },
};

export interface Folder {
  readonly uri: URI;
  readonly name: string;
  readonly index: number;
}

export const workspace = {
  workspaceFolders: undefined as Folder[] | undefined,
  textDocuments: [] as { uri: URI; languageId: string; isUntitled: boolean; fileName: string; getText(): string }[],
  getConfiguration: (section: string, scope?: URI) => ({
    get: (name: string) => ofFolder(scope)[`${section}.${name}`] ?? settings[`${section}.${name}`],
    update: async (name: string, value: unknown, target: unknown) => {
      settings[`${section}.${name}`] = value;
      shown.push({ kind: 'setting', text: `${section}.${name}`, items: [value, target] });
    },
  }),
  getWorkspaceFolder: (uri: URI) => workspace.workspaceFolders?.find((folder) => uri.path.startsWith(`${folder.uri.path}/`)),
  asRelativePath: (uri: URI) => {
    const folder = workspace.getWorkspaceFolder(uri);
    return folder ? uri.path.slice(folder.uri.path.length + 1) : uri.fsPath;
  },
  openTextDocument: async (what: unknown) => ({ uri: what instanceof URI ? what : URI.parse('untitled:Untitled-1'), ...(what as object) }),
  registerTextDocumentContentProvider: () => new Disposable(() => undefined),
  createFileSystemWatcher: () => ({ onDidCreate: event<URI>(), onDidChange: event<URI>(), onDidDelete: event<URI>(), dispose() {} }),
  onDidChangeConfiguration: event<{ affectsConfiguration(name: string): boolean }>(),
  onDidChangeWorkspaceFolders: event<unknown>(),
  onDidOpenTextDocument: event<unknown>(),
  onDidCloseTextDocument: event<unknown>(),
  onDidChangeTextDocument: event<unknown>(),
  onDidSaveTextDocument: event<unknown>(),
};

export interface Session {
  readonly name: string;
  readonly configuration: Record<string, unknown>;
  readonly workspaceFolder?: Folder;
}

export const debug = {
  breakpoints: [] as Breakpoint[],
  activeDebugSession: undefined as Session | undefined,
  startDebugging: async (folder: unknown, what: unknown, options?: unknown) => {
    started.push({ kind: 'debug', what, options, folder });
    return answers.length > 0 ? Boolean(answers.shift()) : true;
  },
  registerDebugAdapterDescriptorFactory: () => new Disposable(() => undefined),
  registerDebugConfigurationProvider: () => new Disposable(() => undefined),
  registerDebugAdapterTrackerFactory: () => new Disposable(() => undefined),
  onDidStartDebugSession: event<Session>(),
  onDidTerminateDebugSession: event<Session>(),
  onDidChangeActiveDebugSession: event<Session | undefined>(),
};

export const tasks = {
  executeTask: async (task: Task) => {
    const execution = { task };
    started.push({ kind: 'task', what: task, options: execution });
    return execution;
  },
  registerTaskProvider: () => new Disposable(() => undefined),
  onDidEndTask: event<{ execution: { task: Task } }>(),
  onDidEndTaskProcess: event<{ execution: { task: Task }; exitCode?: number }>(),
};

export const languages = {
  registerEvaluatableExpressionProvider: () => new Disposable(() => undefined),
  createLanguageStatusItem: (id: string) => ({ id, text: '', busy: false, severity: 0, command: undefined as unknown, dispose() {} }),
  match: () => 10,
};

export const env = {
  openExternal: async (uri: URI) => void shown.push({ kind: 'open', text: uri.toString() }),
  clipboard: { writeText: async (text: string) => void shown.push({ kind: 'clipboard', text }) },
  uiKind: UIKind.Desktop,
};

export const version = '1.91.0';

// --- views: pages, tests, coverage ---

export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 };

export class TestMessage {
  location?: Location;
  constructor(readonly message: string) {}
}
export class TestCoverageCount {
  constructor(
    readonly covered: number,
    readonly total: number,
  ) {}
}
export class FileCoverage {
  constructor(
    readonly uri: URI,
    readonly statementCoverage: TestCoverageCount,
    readonly branchCoverage?: TestCoverageCount,
    readonly declarationCoverage?: TestCoverageCount,
  ) {}
}
export class StatementCoverage {
  constructor(
    readonly executed: number,
    readonly location: Position,
  ) {}
}
export class DeclarationCoverage extends StatementCoverage {
  constructor(
    readonly name: string,
    executed: number,
    location: Position,
  ) {
    super(executed, location);
  }
}

export class TestItems {
  private readonly byId = new Map<string, TestItem>();
  get size(): number {
    return this.byId.size;
  }
  add(item: TestItem): void {
    this.byId.set(item.id, item);
  }
  get(id: string): TestItem | undefined {
    return this.byId.get(id);
  }
  delete(id: string): void {
    this.byId.delete(id);
  }
  replace(items: TestItem[]): void {
    this.byId.clear();
    items.forEach((item) => this.add(item));
  }
  [Symbol.iterator](): Iterator<[string, TestItem]> {
    return this.byId[Symbol.iterator]();
  }
}
export class TestItem {
  readonly children = new TestItems();
  range?: Range;
  busy = false;
  error?: string;
  sortText?: string;
  constructor(
    readonly id: string,
    readonly label: string,
    readonly uri?: URI,
  ) {}
}

export const tests = {
  createTestController: (id: string, label: string) => ({
    id,
    label,
    items: new TestItems(),
    createTestItem: (itemId: string, itemLabel: string, uri?: URI) => new TestItem(itemId, itemLabel, uri),
    createRunProfile: (name: string, kind: number, runHandler: unknown) => ({ name, kind, runHandler, loadDetailedCoverage: undefined as unknown }),
    createTestRun: () => testRun(),
    resolveHandler: undefined as unknown,
    refreshHandler: undefined as unknown,
    dispose() {},
  }),
};

/** A TestRun whose events are texts such as "passed NAME". */
export function testRun() {
  const events: string[] = [];
  const output: string[] = [];
  const messages: TestMessage[] = [];
  const coverage: FileCoverage[] = [];
  const note = (what: string) => (item: TestItem, message?: unknown) => {
    events.push(`${what} ${item.label}`);
    if (message instanceof TestMessage) {
      messages.push(message);
    }
  };
  return {
    events, output, messages, coverage,
    enqueued: note('enqueued'), started: note('started'), passed: note('passed'), failed: note('failed'), errored: note('errored'), skipped: note('skipped'),
    appendOutput: (text: string) => void output.push(text),
    addCoverage: (file: FileCoverage) => void coverage.push(file),
    end: () => void events.push('end'),
  };
}

Object.assign(window, { state: { focused: true }, setStatusBarMessage: () => new Disposable(() => undefined) });
Object.assign(workspace, { findFiles: async () => [] as URI[] });
Object.assign(debug, { stopDebugging: async (session: Session) => debug.onDidTerminateDebugSession.fire(session) });
