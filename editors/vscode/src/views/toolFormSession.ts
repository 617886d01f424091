import { stringifyExact } from './exactJson';
import { collect, fieldOfError, fieldsOf, initialValues, splitFlags, type Field, type Values } from './toolForm';
import type { Envelope, Tool, ToolModel } from './toolModel';
import { copyText, resultHtml, type Picture } from './toolResult';

/** What the page sends. */
export interface FormMessage {
  readonly type: 'ready' | 'invoke' | 'cancel' | 'insert' | 'schema' | 'copy' | 'open' | 'example';
  readonly values: Values;
  readonly flags: string;
  readonly index?: number;
}

/** What the page is told. */
export type PageMessage =
  | { readonly type: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly type: 'running' | 'stopped' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'where'; readonly where: string }
  | { readonly type: 'result'; readonly html: string }
  | { readonly type: 'values'; readonly values: Values };

/** What a form does in the editor. */
export interface FormHost {
  post(message: PageMessage): void;
  insert(params: Readonly<Record<string, unknown>>): Promise<void>;
  showSchema(): Promise<void>;
  copy(text: string): Promise<void>;
  open(text: string, language: string): Promise<void>;
  pictures(envelope: Envelope): Promise<readonly Picture[]>;
  log(text: string): void;
}

/** The work behind the form of a tool, apart from the editor: it checks, calls, and says what came of it. */
export class FormSession {
  readonly fields: readonly Field[];
  private running?: AbortController;
  private last?: { readonly envelope: Envelope; readonly html: string };

  constructor(
    readonly tool: Tool,
    private readonly model: Pick<ToolModel, 'invoke'>,
    private readonly host: FormHost,
  ) {
    this.fields = fieldsOf(tool.parameters);
  }

  /** Carries out what the page asks for. */
  async handle(message: FormMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        if (this.last) {
          this.host.post({ type: 'result', html: this.last.html });
        }
        if (this.running) {
          this.host.post({ type: 'running' });
        }
        break;
      case 'invoke':
        await this.invoke(message);
        break;
      case 'cancel':
        this.running?.abort();
        break;
      case 'insert': {
        const { params, errors } = collect(this.fields, message.values);
        this.host.post({ type: 'errors', errors });
        if (Object.keys(errors).length === 0) {
          await this.host.insert(params);
        }
        break;
      }
      case 'schema':
        await this.host.showSchema();
        break;
      case 'copy':
        if (this.last) {
          await this.host.copy(copyText(this.last.envelope));
        }
        break;
      case 'open':
        if (this.last) {
          await this.open(this.last.envelope);
        }
        break;
      case 'example': {
        const example = this.tool.examples?.[message.index ?? -1];
        if (example) {
          this.host.post({ type: 'values', values: initialValues(this.fields, example.params) });
        }
        break;
      }
    }
  }

  /** Ends a call that goes on. */
  cancel(): void {
    this.running?.abort();
  }

  private async open(envelope: Envelope): Promise<void> {
    const { text } = envelope;
    await (text === undefined ? this.host.open(stringifyExact(envelope.result ?? envelope, 2), 'json') : this.host.open(text, 'plaintext'));
  }

  private async invoke(message: FormMessage): Promise<void> {
    if (this.running) {
      return;
    }
    const { params, errors } = collect(this.fields, message.values);
    if (Object.keys(errors).length > 0) {
      this.host.post({ type: 'errors', errors });
      return;
    }
    const controller = new AbortController();
    this.running = controller;
    this.host.post({ type: 'running' });
    try {
      const envelope = await this.model.invoke(this.tool.name, params, splitFlags(message.flags), controller.signal);
      this.host.log(`${this.tool.name}: ${envelope.success ? 'succeeded' : `failed: ${envelope.error?.message ?? ''}`}`);
      this.last = { envelope, html: resultHtml(envelope, await this.host.pictures(envelope)) };
      this.running = undefined;
      this.host.post({ type: 'stopped' });
      this.host.post({ type: 'result', html: this.last.html });
      this.complain(envelope);
    } catch (error) {
      this.running = undefined;
      this.last = undefined; // the page shows no answer then
      const text = controller.signal.aborted ? 'The call was stopped.' : error instanceof Error ? error.message : String(error);
      this.host.log(`${this.tool.name}: ${text}`);
      this.host.post({ type: 'failed', message: text });
    }
  }

  /** Puts an error at the field that it is about. */
  private complain(envelope: Envelope): void {
    const field = envelope.error && fieldOfError(this.fields, envelope.error);
    if (field && envelope.error) {
      this.host.post({ type: 'errors', errors: { [field]: envelope.error.message } });
    }
  }
}
