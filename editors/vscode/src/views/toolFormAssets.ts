/** The style of the form's page, in the colours of the editor. */
export const FORM_STYLE = `
body { max-width: 60em; padding: 0 1.5em 2em; line-height: 1.45; }
h1 { font-size: 1.5em; margin-bottom: 0; } h2 { font-size: 1.1em; margin: 1.5em 0 .3em; }
.hint, .kind { color: var(--vscode-descriptionForeground); } .kind { font-size: .9em; }
.field { margin: 0 0 1em; } label { display: block; font-weight: 600; } .kind, .check { font-weight: normal; }
.required, .error, .bad { color: var(--vscode-errorForeground); } .good { color: var(--vscode-testing-iconPassed); }
.error:empty, #failure:empty { display: none; }
input[type=text], input[type=password], textarea, select { width: 100%; box-sizing: border-box; padding: 4px 6px; margin: 2px 0;
  color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-panel-border)); border-radius: 2px;
  font: inherit; }
textarea, pre, .tree { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
.wrong input, .wrong textarea, .wrong select { border-color: var(--vscode-inputValidation-errorBorder); }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
button { padding: 5px 12px; border: 0; border-radius: 2px; font: inherit; cursor: pointer; color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button:hover { background: var(--vscode-button-hoverBackground); } button:disabled { opacity: .5; }
.secondary, [role=tab] { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
[role=tab][aria-selected=true] { box-shadow: inset 0 -2px var(--vscode-focusBorder); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 8px; background: var(--vscode-textCodeBlock-background); }
.tree { padding: 8px 0; overflow-wrap: anywhere; } .tree details > div, .tree details details { margin-left: 1.3em; }
.key { color: var(--vscode-debugTokenExpression-name); } .string { color: var(--vscode-debugTokenExpression-string); }
.number { color: var(--vscode-debugTokenExpression-number); } .boolean, .null { color: var(--vscode-debugTokenExpression-boolean); }
img { max-width: 100%; } figure { margin: 8px 0; } [hidden] { display: none !important; }
.more { margin: 1em 0; }
`;

/**
 * The script of the form's page. It sends {type, values, flags} with the types ready, invoke,
 * cancel, insert, schema, copy, open and example ({index}); it takes errors ({errors}),
 * running, result ({html}), failed ({message}), stopped and values ({values}).
 */
export const FORM_SCRIPT = `
(() => {
  const vscode = acquireVsCodeApi();
  const byId = (id) => document.getElementById(id);
  const fields = () => [...document.querySelectorAll('.field')];
  const input = (field) => field.querySelector('input, select, textarea');
  const values = () => Object.fromEntries(fields().map((f) => [f.dataset.field, input(f).type === 'checkbox' ? input(f).checked : input(f).value]));
  const fill = (given) => {
    for (const f of fields()) {
      const i = input(f);
      const v = given[f.dataset.field];
      if (i.type === 'checkbox') { i.checked = v === true; } else if (typeof v === 'string') { i.value = v; }
    }
  };
  const keep = () => vscode.setState({ values: values(), flags: byId('flags').value });
  const send = (type, more) => vscode.postMessage({ type, values: values(), flags: byId('flags').value, ...more });
  const wrong = (errors) => {
    let first;
    for (const f of fields()) {
      const text = errors[f.dataset.field] ?? '';
      f.classList.toggle('wrong', text !== '');
      f.querySelector('.error').textContent = text;
      input(f).setAttribute('aria-invalid', String(text !== ''));
      first = first ?? (text !== '' ? input(f) : undefined);
    }
    first?.focus();
  };
  const running = (on) => { byId('invoke').disabled = on; byId('cancel').hidden = !on; };
  const failed = (text) => { byId('failure').textContent = text; };

  const old = vscode.getState();
  if (old) { fill(old.values); byId('flags').value = old.flags; }
  byId('form').addEventListener('submit', (e) => { e.preventDefault(); send('invoke'); });
  byId('form').addEventListener('input', keep);
  for (const type of ['cancel', 'insert', 'schema', 'copy', 'open']) { byId(type).addEventListener('click', () => send(type)); }
  byId('example')?.addEventListener('change', (e) => { if (e.target.value !== '') { send('example', { index: Number(e.target.value) }); } });
  byId('result').addEventListener('click', (e) => {
    const tab = e.target.closest('[role=tab]');
    if (!tab) { return; }
    for (const t of byId('result').querySelectorAll('[role=tab]')) { t.setAttribute('aria-selected', String(t === tab)); }
    for (const p of byId('result').querySelectorAll('[role=tabpanel]')) { p.hidden = p.dataset.pane !== tab.dataset.pane; }
  });
  addEventListener('message', ({ data }) => {
    switch (data.type) {
      case 'errors': wrong(data.errors); break;
      case 'running': wrong({}); failed(''); running(true); break;
      case 'stopped': running(false); break;
      case 'failed': running(false); failed(data.message); byId('result').replaceChildren(); byId('after').hidden = true; break;
      case 'result': byId('result').innerHTML = data.html; byId('after').hidden = false; break;
      case 'where': byId('where').textContent = data.where; break;
      case 'values': fill(data.values); wrong({}); keep(); break;
    }
  });
  send('ready');
})();
`;
