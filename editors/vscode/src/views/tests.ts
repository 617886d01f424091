import * as vscode from 'vscode';
import { permissionAttributes, permissionFlags } from '../debug/defaults';
import { scriptFlags } from '../flags';
import type { Services } from '../services';
import { setting } from '../settings';
import { TestDebugger } from './testDebug';
import { debugAttributes } from './testFlags';
import { TestRunner } from './testRunner';
import { leaves, selected, TEST_FILES, TestTree } from './testTree';

/** The flags of `llmspell test` that the settings of a file's folder say. */
export function runFlags(file: vscode.Uri): string[] {
  return [...permissionFlags(permissionAttributes(file)), ...scriptFlags(file), ...setting<string[]>('test.args', [], file)];
}

/** The Test Explorer: files *_test.lua, with profiles that run, debug and cover their tests. */
export function activateTests(context: vscode.ExtensionContext, services: Services): void {
  const controller = vscode.tests.createTestController('llmspell', 'Lua Tests');
  const tree = new TestTree(controller, (args) => services.run(args));
  const runner = new TestRunner(tree, (args, options) => services.run(args, options), runFlags);
  const inDebugger = new TestDebugger(tree, (file) => debugAttributes(setting<string[]>('test.args', [], file), permissionAttributes(file)));

  const handler = (work: (testRun: vscode.TestRun, items: vscode.TestItem[], token: vscode.CancellationToken) => Promise<void>) => {
    return async (request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> => {
      if (!request.include) {
        await tree.findAll();
      }
      const all = [...controller.items].map(([, item]) => item);
      const items = selected(request.include ?? all, request.exclude ?? []);
      const testRun = controller.createTestRun(request);
      try {
        await work(testRun, items, token);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        services.logs.of('tests').error(message);
        for (const item of leaves(items)) {
          testRun.errored(item, new vscode.TestMessage(message));
        }
      } finally {
        testRun.end();
      }
    };
  };
  controller.createRunProfile('Run', vscode.TestRunProfileKind.Run, handler((run, items, token) => runner.runTests(run, items, token, false)), true);
  controller.createRunProfile('Debug', vscode.TestRunProfileKind.Debug, handler((run, items, token) => inDebugger.debugTests(run, items, token)), true);
  const coverage = controller.createRunProfile('Coverage', vscode.TestRunProfileKind.Coverage, handler((run, items, token) => runner.runTests(run, items, token, true)), true);
  coverage.loadDetailedCoverage = async (_run, file) => runner.details(file);

  controller.resolveHandler = async (item) => {
    if (!item) {
      await tree.findAll();
    }
  };
  controller.refreshHandler = () => tree.findAll();

  const look = (document: vscode.TextDocument) => {
    if (document.uri.scheme === 'file' && document.uri.path.endsWith('_test.lua')) {
      void tree.update([document.uri]);
    }
  };
  const watcher = vscode.workspace.createFileSystemWatcher(TEST_FILES);
  context.subscriptions.push(
    controller,
    watcher,
    watcher.onDidCreate((uri) => void tree.update([uri])),
    watcher.onDidChange((uri) => void tree.update([uri])),
    watcher.onDidDelete((uri) => tree.remove(uri)),
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.debug.registerDebugAdapterTrackerFactory('llmspell', inDebugger),
  );
  vscode.workspace.textDocuments.forEach(look);
}
