/** Messages of the Debug Adapter Protocol longer than this, in bytes, are not believed. */
const MAX_BODY = 64 << 20;
/** A header longer than this is none. */
const MAX_HEADER = 4 << 10;

/** Encodes a message with its header. */
export function encode(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'ascii'), body]);
}

/** Takes bytes as they come, and gives the messages that are complete. */
export class Decoder {
  private chunks: Buffer[] = [];
  private size = 0;
  /** How many bytes must be there before it is worth to look again. */
  private wanted = 0;

  constructor(private readonly maxBody = MAX_BODY) {}

  /** The messages that data completes. It throws on what is no message; nothing can be read then any more. */
  take(data: Buffer): unknown[] {
    this.chunks.push(data);
    this.size += data.length;
    const messages: unknown[] = [];
    while (this.size >= this.wanted) {
      const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
      this.chunks = [all];
      const begin = all.indexOf('\r\n\r\n');
      if (begin < 0) {
        if (all.length > MAX_HEADER) {
          throw new Error('what comes is no message of the Debug Adapter Protocol: its header does not end');
        }
        this.wanted = all.length + 1;
        break;
      }
      const end = begin + 4 + this.length(all.toString('ascii', 0, begin));
      if (all.length < end) {
        this.wanted = end;
        break;
      }
      messages.push(JSON.parse(all.toString('utf8', begin + 4, end)));
      const rest = all.subarray(end);
      this.chunks = rest.length > 0 ? [rest] : [];
      this.size = rest.length;
      this.wanted = 1;
    }
    return messages;
  }

  private length(header: string): number {
    const found = /^Content-Length: *(\d{1,12})\s*$/im.exec(header);
    if (!found) {
      throw new Error(`what comes is no message of the Debug Adapter Protocol: ${JSON.stringify(header.slice(0, 200))}`);
    }
    const length = Number(found[1]);
    if (length > this.maxBody) {
      throw new Error(`a message of ${length} bytes is too large`);
    }
    return length;
  }
}
