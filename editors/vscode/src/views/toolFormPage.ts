import { escapeHtml, page } from './html';
import { optionText, type Field, type Values } from './toolForm';
import { FORM_SCRIPT, FORM_STYLE } from './toolFormAssets';
import type { Tool } from './toolModel';

/** The page with the form of a tool. */
export function formPage(tool: Tool, fields: readonly Field[], values: Values, flags: string, where: string, word: string): string {
  const examples = (tool.examples ?? []).map((example, i) => `<option value="${i}">${escapeHtml(example.description)}</option>`).join('');
  const body = `<header>
<h1>${escapeHtml(tool.name)}</h1>
<p>${escapeHtml(tool.description)}</p>
<p class="hint"><span id="where">${escapeHtml(where)}</span>${escapeHtml(factsOf(tool))}</p>
</header>
<form id="form" novalidate>
${examples ? `<p class="example"><label for="example">Fill in an example</label> <select id="example"><option value="">…</option>${examples}</select></p>` : ''}
${fields.map((field) => fieldHtml(field, values[field.name])).join('\n') || '<p>It takes no parameters.</p>'}
<details class="more"><summary>Flags</summary>
<label for="flags">of <code>llmspell tool invoke</code>: permissions, as <code>--allow-net=example.org</code>; <code>--timeout 10s</code></label>
<input id="flags" type="text" spellcheck="false" value="${escapeHtml(flags)}">
</details>
<p class="buttons">
<button type="submit" id="invoke">Invoke</button>
<button type="button" id="cancel" hidden>Stop</button>
<button type="button" class="secondary" id="insert" title="Insert this call at the cursor of the Lua file">Insert Call</button>
<button type="button" class="secondary" id="schema">Show Schema</button>
</p>
</form>
<p id="failure" class="bad" role="alert"></p>
<section id="result" aria-live="polite"></section>
<p class="buttons" id="after" hidden>
<button type="button" class="secondary" id="copy">Copy</button>
<button type="button" class="secondary" id="open">Open as Document</button>
</p>`;
  return page(tool.name, word, FORM_STYLE, body, FORM_SCRIPT);
}

/** What follows the words that say where the tool runs. */
function factsOf(tool: Tool): string {
  const facts = [tool.needs.length > 0 ? `needs ${tool.needs.join(', ')}` : '', tool.side_effects ? 'changes things' : ''];
  return facts.map((fact) => fact && ` · ${fact}`).join('');
}

/** A field with its label, description and place for what is wrong with it. */
export function fieldHtml(field: Field, value: string | boolean | undefined): string {
  const id = escapeHtml(`field-${field.name}`);
  const name = escapeHtml(field.name);
  const mark = field.required ? ' <span class="required" title="needed">*</span>' : '';
  const described = ` aria-describedby="${id}-hint ${id}-error"${field.required ? ' aria-required="true"' : ''}`;
  const attributes = `id="${id}" name="${name}"${described}`;
  const label =
    field.control === 'checkbox'
      ? `<label class="check"><input type="checkbox" ${attributes}${value === true ? ' checked' : ''}> ${name}${mark}</label>`
      : `<label for="${id}">${name}${mark} <span class="kind">${escapeHtml(field.kind)}</span></label>${control(field, typeof value === 'string' ? value : '', attributes)}`;
  return `<div class="field" data-field="${name}">${label}<div class="hint" id="${id}-hint">${escapeHtml(hintOf(field))}</div><div class="error" id="${id}-error"></div></div>`;
}

function control(field: Field, text: string, attributes: string): string {
  switch (field.control) {
    case 'select': {
      const options = (field.schema.enum ?? []).map(optionText);
      const empty = field.required && options.includes(text) ? '' : '<option value=""></option>';
      return `<select ${attributes}>${empty}${options.map((o) => `<option value="${escapeHtml(o)}"${o === text ? ' selected' : ''}>${escapeHtml(o)}</option>`).join('')}</select>`;
    }
    case 'area':
    case 'json':
    case 'any':
      return `<textarea ${attributes} rows="${Math.min(12, Math.max(field.control === 'json' ? 3 : 2, text.split('\n').length))}" spellcheck="false">\n${escapeHtml(text)}</textarea>`;
    case 'number':
      return `<input type="text" inputmode="decimal" ${attributes} value="${escapeHtml(text)}">`;
    default:
      return `<input type="${field.secret ? 'password' : 'text'}" ${attributes} value="${escapeHtml(text)}" spellcheck="false" autocomplete="off">`;
  }
}

function hintOf(field: Field): string {
  const { minimum, maximum } = field.schema;
  const range = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : minimum !== undefined ? `at least ${minimum}` : maximum !== undefined ? `at most ${maximum}` : '';
  const how = field.control === 'json' ? `JSON: ${field.kind}` : field.control === 'any' ? 'a text, or JSON' : '';
  return [field.description, range, how].filter(Boolean).join(' · ');
}
