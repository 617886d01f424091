import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import * as vscode from 'vscode';
import { Decoder, encode } from './framing';

/** How the adapter's process is started. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Record<string, string>;
}

/** Who hears of an adapter's process. */
export interface Listener {
  /** A line that it has written to stderr. */
  log(line: string): void;
  /** It has ended before the session did: why, and what it wrote last. */
  crashed(reason: string, last: string): void;
}

interface Message {
  seq: number;
  type: string;
  command?: string;
  event?: string;
  request_seq?: number;
}

/** Milliseconds that a process has to end by itself after the session. */
const PATIENCE = 3000;
/** Lines of stderr that are kept for the message about a crash. */
const KEPT = 20;

/**
 * `llmspell dap` on stdin and stdout. The editor's own way to start an adapter drops what it
 * writes to stderr, and does not say why one has ended; this one does both. If the process
 * dies, requests that wait and come are answered, and the session ends.
 */
export class ProcessAdapter implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;

  private readonly child: ChildProcessWithoutNullStreams;
  private readonly decoder = new Decoder();
  private readonly waiting = new Map<number, string>();
  private readonly last: string[] = [];
  private headline?: string; // of a Go panic, whose stacks are longer than what is kept
  /** Made when the session is over: an end is no crash then. */
  private over = false;
  private dead = false;
  private seq = 1 << 30; // of the messages that are made here

  constructor(
    command: Command,
    private readonly listener: Listener,
  ) {
    this.child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      windowsHide: true,
    });
    this.child.stdout.on('data', (data: Buffer) => this.read(data));
    this.child.stdin.on('error', () => undefined); // "close" says why
    let rest = '';
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      lines.forEach((line) => this.note(line));
    });
    this.child.on('error', (error) => this.end(error.message));
    this.child.on('close', (code, signal) => {
      if (rest) {
        this.note(rest);
      }
      this.end(signal ? `it was ended by ${signal}` : `its exit code is ${code ?? 'unknown'}`);
    });
  }

  /** The process's id; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const { type, seq, command } = message as Message;
    if (type === 'request' && command) {
      if (command === 'disconnect' || command === 'terminate') {
        this.over = true;
      }
      if (this.dead) {
        this.refuse(seq, command);
        return;
      }
      this.waiting.set(seq, command);
    }
    if (!this.dead) {
      this.child.stdin.write(encode(message));
    }
  }

  dispose(): void {
    this.over = true;
    if (!this.dead) {
      this.child.stdin.end(); // the adapter ends with its client
      const kill = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
      this.child.once('exit', () => clearTimeout(kill));
    }
  }

  private read(data: Buffer): void {
    try {
      for (const message of this.decoder.take(data) as Message[]) {
        if (message.type === 'response' && message.request_seq !== undefined) {
          this.waiting.delete(message.request_seq);
        } else if (message.event === 'terminated') {
          this.over = true;
        }
        this.sent.fire(message as vscode.DebugProtocolMessage);
      }
    } catch (error) {
      this.note(String(error));
      this.child.kill('SIGKILL');
      this.end(error instanceof Error ? error.message : String(error));
    }
  }

  private note(line: string): void {
    this.listener.log(line);
    if (/^(panic|fatal error|SIG[A-Z]+): /.test(line)) {
      this.headline ??= line;
    }
    this.last.push(line);
    this.last.splice(0, this.last.length - KEPT);
  }

  private end(reason: string): void {
    if (this.dead) {
      return;
    }
    this.dead = true;
    if (!this.over) {
      const before = this.headline && !this.last.includes(this.headline) ? [this.headline] : [];
      this.listener.crashed(reason, [...before, ...this.last].join('\n'));
    }
    for (const [seq, command] of this.waiting) {
      this.refuse(seq, command);
    }
    this.waiting.clear();
    this.send({ type: 'event', event: 'terminated' });
  }

  /** Answers a request in the place of a process that has ended. */
  private refuse(seq: number, command: string): void {
    const polite = command === 'disconnect' || command === 'terminate';
    this.send({ type: 'response', request_seq: seq, command, success: polite, ...(polite ? {} : { message: 'the debug adapter has ended' }) });
  }

  private send(message: object): void {
    this.sent.fire({ seq: this.seq++, ...message } as vscode.DebugProtocolMessage);
  }
}
