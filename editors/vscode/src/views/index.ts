import * as vscode from 'vscode';
import { permissionAttributes, permissionFlags } from '../debug/defaults';
import { mcpFlags } from '../flags';
import type { Services } from '../services';
import { folderOf, setting } from '../settings';
import { PrintedDocuments, SCHEME } from './documents';
import { chosenKernel, KernelActions } from './kernelActions';
import { KernelModel } from './kernelModel';
import { KernelTree, type KernelNode } from './kernelTree';
import { showMenu, StatusBar } from './statusBar';
import { activateTests } from './tests';
import { ToolModel } from './toolModel';
import { ToolPanels } from './toolPanels';
import { ToolTree, type ToolNode } from './toolTree';

/** The views: kernels and sessions, tools, tests, and the item of the status bar. */
export function activateViews(context: vscode.ExtensionContext, services: Services): void {
  const tools = new ToolModel((args, options) => services.run(args, options), chosenKernel, toolFlags);
  const documents = new PrintedDocuments(
    (args) => services.run(args),
    (command) => (command === 'tool' ? tools.common() : []),
  );
  context.subscriptions.push(documents, vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents));
  const kernels = activateKernels(context, services, documents);
  activateTools(context, services, tools, documents, kernels);
  activateTests(context, services);
}

/** The flags of `llmspell tool` that the settings say, but for the kernel. */
export function toolFlags(): string[] {
  // A kernel has the MCP servers that it was started with, and takes no others.
  const folder = folderOf()?.uri; // Services.run runs it there, whichever file is open
  return [...permissionFlags(permissionAttributes(folder)), ...(chosenKernel() ? [] : mcpFlags(folder)), ...setting<string[]>('tools.args', [], folder)];
}

/** Does something when an event has changed what a function tells. */
export function onChangeOf(tell: () => string, event: vscode.Event<void>, act: () => void): vscode.Disposable {
  let last = tell();
  return event(() => {
    const now = tell();
    if (now !== last) {
      last = now;
      act();
    }
  });
}

type Command = (...args: unknown[]) => Promise<unknown> | void;

function register(context: vscode.ExtensionContext, services: Services, commands: Readonly<Record<string, Command>>): void {
  for (const [name, run] of Object.entries(commands)) {
    const guarded = async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        void services.logs.fail('extension', error instanceof Error ? error.message : String(error));
        return undefined;
      }
    };
    context.subscriptions.push(vscode.commands.registerCommand(name, guarded));
  }
}

function activateKernels(context: vscode.ExtensionContext, services: Services, documents: PrintedDocuments): KernelModel {
  const model = new KernelModel(
    (args, options) => services.json(args, options),
    () => setting('kernels.refreshSeconds', 5),
  );
  const tree = new KernelTree(model, chosenKernel);
  const view = vscode.window.createTreeView<KernelNode>('llmspell.kernels', { treeDataProvider: tree, showCollapseAll: true });
  const status = new StatusBar(model, chosenKernel);
  const actions = new KernelActions(services, model, documents);
  // It looks by itself while somebody sees what it finds: the view, or the item with a chosen kernel.
  let observing: vscode.Disposable | undefined;
  const observe = () => {
    const wanted = view.visible || chosenKernel() !== '';
    if (wanted && !observing) {
      observing = model.observe();
    } else if (!wanted) {
      observing?.dispose();
      observing = undefined;
    }
  };
  context.subscriptions.push(
    model,
    tree,
    view,
    status,
    view.onDidChangeVisibility(observe),
    services.onDidChangeProgram(() => void model.refresh()),
    vscode.window.onDidChangeWindowState((state) => state.focused && void (observing ? model.refresh() : model.glance())),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (e.affectsConfiguration('llmspell.kernel')) {
        tree.redraw();
        status.show();
      }
      if (e.affectsConfiguration('llmspell.kernels')) {
        model.keepLooking();
      }
      observe();
    }),
  );
  const on = (run: (node?: KernelNode) => Promise<void>): Command => (node) => run(node as KernelNode | undefined);
  register(context, services, {
    'llmspell.kernels.refresh': () => model.refresh(),
    'llmspell.kernel.start': () => actions.start(),
    'llmspell.kernel.stop': on((node) => actions.stop(node)),
    'llmspell.kernel.choose': on((node) => actions.choose(node)),
    'llmspell.kernel.release': () => actions.release(),
    'llmspell.kernel.attach': on((node) => actions.attach(node)),
    'llmspell.kernel.log': on((node) => actions.log(node)),
    'llmspell.kernel.details': on((node) => actions.details(node)),
    'llmspell.kernel.menu': () => showMenu(model, chosenKernel()),
    'llmspell.session.new': () => actions.newSession(),
    'llmspell.session.delete': on((node) => actions.deleteSession(node)),
    'llmspell.session.export': on((node) => actions.exportSession(node)),
    'llmspell.session.import': () => actions.importSession(),
    'llmspell.session.details': on((node) => actions.details(node)),
  });
  observe();
  void model.glance();
  return model;
}

function activateTools(context: vscode.ExtensionContext, services: Services, model: ToolModel, documents: PrintedDocuments, kernels: KernelModel): void {
  const tree = new ToolTree(model);
  const panels = new ToolPanels(services, model, documents, chosenKernel);
  context.subscriptions.push(
    model,
    tree,
    panels,
    vscode.window.createTreeView<ToolNode>('llmspell.tools', { treeDataProvider: tree, showCollapseAll: true }),
    services.onDidFindProgram(() => model.reload()),
    services.onDidChangeProgram(() => model.reload()),
    onChangeOf(() => kernels.identity(chosenKernel()), kernels.onDidChange, () => model.reload()),
    vscode.workspace.onDidChangeConfiguration((e) => {
      if (['llmspell.kernel', 'llmspell.tools', 'llmspell.run', 'llmspell.globalArgs', 'llmspell.configFile', 'llmspell.env'].some((name) => e.affectsConfiguration(name))) {
        model.reload();
      }
    }),
  );
  /** The tool of a node or a name, or one that the user picks. */
  const pick = async (what: unknown): Promise<string | undefined> => {
    if (typeof what === 'string') {
      return what;
    }
    const node = what as ToolNode | undefined;
    if (node?.kind === 'tool') {
      return node.tool.name;
    }
    const items = (await model.list()).map((tool) => ({ label: tool.name, detail: tool.description }));
    return (await vscode.window.showQuickPick(items, { title: 'Which tool?', matchOnDetail: true }))?.label;
  };
  const on = (run: (name: string) => Promise<void>): Command => async (what) => {
    const name = await pick(what);
    if (name) {
      await run(name);
    }
  };
  register(context, services, {
    'llmspell.tools.refresh': () => model.reload(),
    'llmspell.tool.invoke': on((name) => panels.open(name)),
    'llmspell.tool.schema': on((name) => panels.showSchema(name)),
    'llmspell.tool.insert': on((name) => panels.insertCall(name)),
  });
}
