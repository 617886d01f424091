import { stringifyExact } from './exactJson';
import { escapeHtml } from './html';
import type { Envelope } from './toolModel';

/** The most values that a tree shows; what more there are is counted. */
const MAX_NODES = 5000;

/** So many levels of a tree are open at first. */
const OPEN_LEVELS = 2;

/** The most of a text that is shown, in characters; the document has all. */
const MAX_TEXT = 200_000;

/** A picture in a result. */
export interface Picture {
  /** Where it stands: "result.target_path". */
  readonly name: string;
  /** A data: address. */
  readonly source: string;
}

/** The part of the page that shows what a call has answered: its outcome, then tree, text, JSON and pictures. */
export function resultHtml(envelope: Envelope, pictures: readonly Picture[]): string {
  const panes: [id: string, title: string, html: string][] = [];
  if (pictures.length > 0) {
    panes.push(['picture', 'Picture', pictures.map((p) => `<figure><img src="${escapeHtml(p.source)}" alt="${escapeHtml(p.name)}"><figcaption>${escapeHtml(p.name)}</figcaption></figure>`).join('')]);
  }
  const text = plainText(envelope);
  if (text !== undefined) {
    panes.push(['text', 'Text', `<pre>${escapeHtml(shorten(text))}</pre>`]);
  }
  if (envelope.result !== undefined) {
    panes.push(['tree', 'Tree', `<div class="tree">${tree(envelope.result)}</div>`]);
  }
  if (envelope.error?.details && Object.keys(envelope.error.details).length > 0) {
    panes.push(['tree', 'Details', `<div class="tree">${tree(envelope.error.details)}</div>`]);
  }
  panes.push(['json', 'JSON', `<pre>${escapeHtml(shorten(stringifyExact(envelope, 2)))}</pre>`]);
  const tabs = panes.map(([id, title], i) => `<button type="button" role="tab" data-pane="${id}" aria-selected="${i === 0}">${title}</button>`).join('');
  const bodies = panes.map(([id, , html], i) => `<div role="tabpanel" data-pane="${id}"${i === 0 ? '' : ' hidden'}>${html}</div>`).join('');
  return `<h2 class="${envelope.success ? 'good' : 'bad'}">${escapeHtml(headline(envelope))}</h2>${complaint(envelope)}<div role="tablist">${tabs}</div>${bodies}`;
}

/** "Succeeded in 3.2 ms", "Failed (validation_error) in 0.1 ms". */
export function headline(envelope: Envelope): string {
  const took = envelope.metadata?.['duration_ms'];
  const time = typeof took === 'number' ? ` in ${took < 1000 ? `${Number(took.toPrecision(3))} ms` : `${(took / 1000).toFixed(2)} s`}` : '';
  const cached = envelope.metadata?.['cached'] === true ? ', from the cache' : '';
  return (envelope.success ? 'Succeeded' : `Failed (${envelope.error?.code ?? 'error'})`) + time + cached;
}

function complaint(envelope: Envelope): string {
  const message = envelope.error?.message ?? envelope.message;
  return message ? `<p class="${envelope.success ? '' : 'bad'}">${escapeHtml(message)}</p>` : '';
}

/** What an answer is as a text; undefined if it is none. */
export function plainText(envelope: Envelope): string | undefined {
  return envelope.text ?? (typeof envelope.result === 'string' ? envelope.result : undefined);
}

/** What is copied: the text, or else the result as JSON. */
export function copyText(envelope: Envelope): string {
  return plainText(envelope) ?? stringifyExact(envelope.result ?? envelope, 2);
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}\n… ${text.length - MAX_TEXT} characters more: open it as a document`;
}

/** A JSON value as a tree that folds. */
export function tree(value: unknown): string {
  let nodes = 0;
  const show = (key: string | undefined, v: unknown, depth: number): string => {
    const name = key === undefined ? '' : `<span class="key">${escapeHtml(key)}</span>: `;
    if (typeof v !== 'object' || v === null) {
      return `<div>${name}<span class="${v === null ? 'null' : typeof v === 'bigint' ? 'number' : typeof v}">${escapeHtml(shorten(stringifyExact(v) ?? 'undefined'))}</span></div>`;
    }
    const entries: [string, unknown][] = Array.isArray(v) ? v.map((item, i) => [String(i), item]) : Object.entries(v);
    const summary = Array.isArray(v) ? `[${entries.length}]` : `{${entries.length}}`;
    if (entries.length === 0) {
      return `<div>${name}${Array.isArray(v) ? '[]' : '{}'}</div>`;
    }
    let inner = '';
    let shown = 0;
    for (const [k, item] of entries) {
      if (++nodes > MAX_NODES) {
        inner += `<div class="more">… ${entries.length - shown} more: open it as a document</div>`;
        break;
      }
      inner += show(k, item, depth + 1);
      shown++;
    }
    return `<details${depth < OPEN_LEVELS ? ' open' : ''}><summary>${name}${summary}</summary>${inner}</details>`;
  };
  return show(undefined, value, 0);
}

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
};

/** The type of a picture by the end of its file's name; undefined if it is none. */
export function imageType(file: string): string | undefined {
  return IMAGE_TYPES[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? ''];
}

/** The texts of a result that may be pictures: data: addresses, and paths of picture files, a few of them. */
export function pictureTexts(result: unknown, limit = 4): { name: string; text: string }[] {
  const out: { name: string; text: string }[] = [];
  const look = (name: string, value: unknown, depth: number): void => {
    if (out.length >= limit || depth > 6) {
      return;
    }
    if (typeof value === 'string') {
      if (/^data:image\/(png|jpeg|gif|webp|bmp|svg\+xml);base64,[A-Za-z0-9+/=\s]*$/.test(value) || (value.length < 4096 && imageType(value) !== undefined)) {
        out.push({ name, text: value });
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value).slice(0, 1000)) {
        look(`${name}.${key}`, item, depth + 1);
      }
    }
  };
  look('result', result, 0);
  return out;
}
