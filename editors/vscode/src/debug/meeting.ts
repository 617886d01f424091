import { randomBytes, timingSafeEqual } from 'node:crypto';
import * as net from 'node:net';
import { Decoder, encode } from './framing';

/** A script that wants to be debugged: where its debug server is, and the token there. */
export interface Caller {
  readonly address: string;
  readonly key: string;
  readonly name: string;
}

interface Hello {
  readonly seq: number;
  readonly command: string;
  readonly arguments?: { readonly token?: unknown; readonly address?: unknown; readonly key?: unknown; readonly name?: unknown };
}

/** Milliseconds within which a caller must have said what it wants. */
const PATIENCE = 10_000;
/** A hello is small. */
const MAX_HELLO = 64 << 10;

/**
 * Where scripts report that a terminal has started, as those do that a debugged script runs:
 * LLMSPELL_DEBUG_PARENT tells them the address and a token, `llmspell run` says hello there, and
 * waits for the answer. It listens on this machine only, from when it is first needed.
 */
export class Meeting {
  private readonly token = randomBytes(32).toString('hex');
  private readonly sockets = new Set<net.Socket>();
  private listening?: Promise<net.Server>;

  /** attach has the caller debugged; the caller is answered when it is done, or with its error. */
  constructor(private readonly attach: (caller: Caller) => Promise<void>) {}

  /** The value of LLMSPELL_DEBUG_PARENT. */
  async variable(): Promise<string> {
    this.listening ??= new Promise((resolve, reject) => {
      const server = net.createServer((socket) => this.receive(socket));
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = (await this.listening).address() as net.AddressInfo;
    return `127.0.0.1:${port};${this.token}`;
  }

  /** Ends the meeting, and all talks. */
  close(): void {
    void this.listening?.then((server) => server.close());
    this.sockets.forEach((socket) => socket.destroy());
  }

  private receive(socket: net.Socket): void {
    this.sockets.add(socket);
    const decoder = new Decoder(MAX_HELLO);
    const leave = setTimeout(() => socket.destroy(), PATIENCE);
    let greeted = false;
    socket.on('error', () => undefined); // "close" follows
    socket.on('close', () => {
      clearTimeout(leave);
      this.sockets.delete(socket);
    });
    socket.on('data', (data) => {
      try {
        for (const message of decoder.take(data) as Hello[]) {
          const caller = greeted ? undefined : this.understand(message);
          if (!caller) {
            socket.destroy();
            return;
          }
          greeted = true;
          clearTimeout(leave);
          void this.answer(socket, message, caller);
        }
      } catch {
        socket.destroy(); // not one of ours
      }
    });
  }

  private understand(message: Hello): Caller | undefined {
    const { token, address, key, name } = message.arguments ?? {};
    const right = typeof token === 'string' && token.length === this.token.length && timingSafeEqual(Buffer.from(token.padEnd(64).slice(0, 64), 'latin1'), Buffer.from(this.token, 'latin1'));
    if (message.command !== 'hello' || !right || typeof address !== 'string' || typeof key !== 'string') {
      return undefined;
    }
    return { address, key, name: typeof name === 'string' ? name : 'script' };
  }

  private async answer(socket: net.Socket, message: Hello, caller: Caller): Promise<void> {
    const response = { seq: 1, type: 'response', request_seq: message.seq, command: message.command };
    try {
      await this.attach(caller);
      socket.end(encode({ ...response, success: true }));
    } catch (error) {
      socket.end(encode({ ...response, success: false, message: error instanceof Error ? error.message : String(error) }));
    }
  }
}
