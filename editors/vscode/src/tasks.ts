import * as vscode from 'vscode';
import type { Services } from './services';
import { globalArguments } from './settings';

/** A task of the type llmspell. */
interface Definition extends vscode.TaskDefinition {
  readonly command: string;
  readonly args?: readonly string[];
}

/** Tasks that run llmspell: the check of the workspace, and what tasks.json has. */
export function activateTasks(context: vscode.ExtensionContext, services: Services): void {
  const check: Definition = { type: 'llmspell', command: 'check' };
  context.subscriptions.push(
    vscode.tasks.registerTaskProvider('llmspell', {
      provideTasks: async () => {
        const folder = vscode.workspace.workspaceFolders?.[0];
        const task = folder && (await taskOf(services, check, folder));
        return task ? [task] : [];
      },
      resolveTask: (task) => taskOf(services, task.definition as Definition, task.scope, task),
    }),
    vscode.commands.registerCommand('llmspell.checkWorkspace', async () => {
      const task = (await services.program()) && (await taskOf(services, check, vscode.workspace.workspaceFolders?.[0]));
      if (task) {
        await vscode.tasks.executeTask(task);
      }
    }),
  );
}

async function taskOf(
  services: Services,
  definition: Definition,
  scope: vscode.Task['scope'],
  given?: vscode.Task,
): Promise<vscode.Task | undefined> {
  const program = await services.find().catch(() => undefined);
  if (!program) {
    return undefined;
  }
  const folder = typeof scope === 'object' ? scope : undefined;
  const args = [...program.args, ...globalArguments(folder?.uri), definition.command, ...(definition.args ?? [])];
  const execution = new vscode.ProcessExecution(program.command, args, {
    cwd: program.cwd ?? folder?.uri.fsPath,
    env: services.environment(folder?.uri),
  });
  // Two, since VS Code would look for the file of each finding to know which kind of path it has, and soon after the end of
  // the task it takes none any more.
  const matcher = definition.command === 'check' ? ['$llmspell-check', '$llmspell-check-absolute'] : '$llmspell-run';
  const name = given?.name ?? definition.command;
  const task = new vscode.Task(definition, scope ?? vscode.TaskScope.Workspace, name, 'llmspell', execution, matcher);
  task.group = definition.command === 'check' ? vscode.TaskGroup.Build : undefined;
  return task;
}
