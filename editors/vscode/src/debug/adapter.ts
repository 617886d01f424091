import * as net from 'node:net';
import * as vscode from 'vscode';
import { scriptFlags } from '../flags';
import type { Services } from '../services';
import { globalArguments, setting } from '../settings';
import { ProcessAdapter } from './process';

/** Milliseconds within which a debug server must accept a connection. */
const PATIENCE = 5000;

/** What a configuration says about its adapter. */
interface AdapterAttributes {
  readonly port?: number;
  readonly host?: string;
  readonly socket?: string;
  readonly adapterArgs?: readonly string[] | string;
}

/** Says how a debug session reaches its adapter: a process of its own, or a server that runs. */
export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly services: Services) {}

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    const { port, host, socket, adapterArgs } = session.configuration as AdapterAttributes;
    if (socket) {
      await reach({ path: socket }, `the socket ${socket}`, `llmspell dap --listen unix:${socket}`);
      return new vscode.DebugAdapterNamedPipeServer(socket);
    }
    if (port) {
      const at = host ?? '127.0.0.1';
      await reach({ port, host: at }, `${at}:${port}`, `llmspell dap --listen 127.0.0.1:${port}`);
      return new vscode.DebugAdapterServer(port, at);
    }
    const program = await this.services.find();
    if (!program) {
      void this.services.program(); // tells what to do
      throw new Error('llmspell was not found.');
    }
    const scope = session.workspaceFolder?.uri;
    const log = this.services.logs.of('debugger');
    const args = [...program.args, ...globalArguments(scope), 'dap', ...dapFlags(scope), ...[adapterArgs ?? []].flat()];
    log.info(`${session.name}: ${program.command} ${args.join(' ')}`);
    const adapter = new ProcessAdapter(
      {
        command: program.command,
        args,
        cwd: program.cwd ?? scope?.fsPath,
        env: { LLMSPELL_LOG: setting('debug.log', 'warn', scope), ...this.services.environment(scope) },
      },
      {
        log: (line) => log.info(`${session.name}: ${line}`),
        crashed: (reason, last) => this.crashed(session, reason, last),
      },
    );
    return new vscode.DebugAdapterInlineImplementation(adapter);
  }

  private crashed(session: vscode.DebugSession, reason: string, last: string): void {
    const line = last.split('\n').find((text) => /^(panic|fatal error|SIG[A-Z]+|llmspell): /.test(text)) ?? '';
    const message = `The debug adapter has ended before "${session.name}" did: ${line || reason}.`;
    this.services.logs.of('debugger').error(`${session.name}: ${reason}`);
    void this.services.logs.fail('debugger', message, 'Restart').then((taken) => {
      if (taken === 'Restart') {
        void vscode.debug.startDebugging(session.workspaceFolder, session.configuration);
      }
    });
  }
}

/** The flags of `llmspell dap` that the settings say. */
export function dapFlags(scope?: vscode.ConfigurationScope): string[] {
  return [...scriptFlags(scope), ...[setting<string[] | string>('debug.adapterArgs', [], scope)].flat()];
}

/** Fails, with a message that says what to do, if nothing accepts connections there. */
function reach(to: net.NetConnectOpts, name: string, start: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...to, timeout: PATIENCE });
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`No debug server answers at ${name} (${why}). Start one: ${start}`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => fail('it does not accept the connection'));
    socket.once('error', (error) => fail(error.message));
  });
}
