import * as vscode from 'vscode';
import type { Services } from './services';

/** Where it is said how llmspell is installed. */
const INSTALL = 'https://github.com/llmspell/llmspell#install';

const EXAMPLE = `-- Press F9 in a line to set a breakpoint, then F5.
local prices = { notebook = 3.5, pencil = 0.8, lamp = 24 }

local total = 0
for name, price in pairs(prices) do
  local full = Tool.execute("calculator", { input = price .. " * 1.19" })
  total = total + full.result.result
  print(name, full.result.result)
end
print("total", total)
`;

/** Commands that belong to no other part. */
export function activateCommands(context: vscode.ExtensionContext, services: Services): void {
  const register = (name: string, run: () => unknown) => context.subscriptions.push(vscode.commands.registerCommand(name, run));
  register('llmspell.choosePath', choosePath);
  register('llmspell.installHelp', () => vscode.env.openExternal(vscode.Uri.parse(INSTALL)));
  register('llmspell.installWithGo', () => installWithGo(services));
  register('llmspell.newExample', newExample);
  register('llmspell.openWalkthrough', () => vscode.commands.executeCommand('workbench.action.openWalkthrough', 'llmspell.llmspell#start', false));
  register('llmspell.showLog', () => services.logs.of('extension').show());
  register('llmspell.doctor', () => inTerminal(services, ['doctor'], 'llmspell doctor'));
  services.look();
}

async function choosePath(): Promise<void> {
  const picked = await vscode.window.showOpenDialog({ canSelectMany: false, openLabel: 'Use This llmspell' });
  const file = picked?.[0];
  if (file) {
    await vscode.workspace.getConfiguration('llmspell').update('path', file.fsPath, vscode.ConfigurationTarget.Global);
  }
}

async function newExample(): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'lua', content: EXAMPLE }));
}

/** Builds llmspell with Go, in a terminal where one sees what happens. */
async function installWithGo(services: Services): Promise<void> {
  const execution = new vscode.ProcessExecution('go', ['install', 'github.com/llmspell/llmspell@latest']);
  const task = new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, 'install llmspell', 'llmspell', execution);
  const ended = vscode.tasks.onDidEndTaskProcess(async (e) => {
    if (e.execution.task.name !== task.name) {
      return;
    }
    ended.dispose();
    services.forget();
    if (e.exitCode === 0 && !(await services.find().catch(() => undefined))) {
      void vscode.window.showWarningMessage('llmspell is installed, in the folder bin of "go env GOPATH", which is not on PATH. Put it there, or choose the program.', 'Choose…').then(
        (taken) => taken && vscode.commands.executeCommand('llmspell.choosePath'),
      );
    }
  });
  await vscode.tasks.executeTask(task);
}

/** Runs llmspell in a terminal, which stays. */
async function inTerminal(services: Services, args: string[], name: string): Promise<void> {
  const program = await services.program();
  if (program) {
    const execution = new vscode.ProcessExecution(program.command, [...program.args, ...args], { cwd: program.cwd, env: services.environment() });
    await vscode.tasks.executeTask(new vscode.Task({ type: 'process' }, vscode.TaskScope.Workspace, name, 'llmspell', execution));
  }
}
