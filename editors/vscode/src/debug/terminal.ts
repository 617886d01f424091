import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { folderOf } from '../settings';
import { Meeting, type Caller } from './meeting';

/** The variable that tells a script where it can have itself debugged. */
const PARENT = 'LLMSPELL_DEBUG_PARENT';

/** A terminal in which `llmspell run` attaches the debugger by itself. */
export function activateTerminal(context: vscode.ExtensionContext, services: Services): void {
  const meeting = new Meeting(attach);
  const options = async (): Promise<vscode.TerminalOptions> => {
    const program = await services.find().catch(() => undefined);
    const env: Record<string, string> = { ...services.environment(), [PARENT]: await meeting.variable() };
    if (program && program.args.length === 0) {
      const name = process.platform === 'win32' ? 'Path' : 'PATH';
      env[name] = path.dirname(program.command) + path.delimiter + (process.env[name] ?? process.env['PATH'] ?? '');
    }
    return {
      name: 'llmspell Debug Terminal',
      iconPath: new vscode.ThemeIcon('debug'),
      env,
      isTransient: true, // the address is of this window
      message: 'llmspell run SCRIPT attaches the debugger in this terminal.',
    };
  };
  context.subscriptions.push(
    new vscode.Disposable(() => meeting.close()),
    // One that is made from the list of profiles is not shown where no other terminal is seen.
    vscode.window.onDidOpenTerminal((terminal) => isOurs(terminal) && terminal.show()),
    vscode.window.registerTerminalProfileProvider('llmspell.debugTerminal', {
      provideTerminalProfile: async () => new vscode.TerminalProfile(await options()),
    }),
    vscode.commands.registerCommand('llmspell.debugTerminal', async () => vscode.window.createTerminal(await options())),
  );
}

function isOurs({ creationOptions }: vscode.Terminal): boolean {
  return 'env' in creationOptions && creationOptions.env?.[PARENT] !== undefined;
}

async function attach(caller: Caller): Promise<void> {
  const configuration = {
    type: 'llmspell',
    request: 'attach',
    name: path.basename(caller.name),
    connect: caller.address,
    token: caller.key,
  };
  const folder = folderOf(vscode.Uri.file(caller.name));
  if (!(await vscode.debug.startDebugging(folder, configuration))) {
    throw new Error('the editor does not attach');
  }
}
