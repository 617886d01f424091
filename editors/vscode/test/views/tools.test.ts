import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { parseExact, stringifyExact } from '../../src/views/exactJson';
import { PrintedDocuments } from '../../src/views/documents';
import { escapeHtml, page } from '../../src/views/html';
import { collect, fieldOfError, fieldsOf, initialValues, splitFlags } from '../../src/views/toolForm';
import { fieldHtml, formPage } from '../../src/views/toolFormPage';
import { FormSession, type FormHost, type PageMessage } from '../../src/views/toolFormSession';
import { categoryLabel, readEnvelope, ToolModel, type Envelope, type Schema, type Tool } from '../../src/views/toolModel';
import { ToolPanels } from '../../src/views/toolPanels';
import { copyText, headline, imageType, pictureTexts, resultHtml, tree } from '../../src/views/toolResult';
import { callSnippet, callText, luaString, luaValue } from '../../src/views/toolSnippet';
import { byCategory, ToolTree } from '../../src/views/toolTree';
import { FORM_SCRIPT } from '../../src/views/toolFormAssets';
import { URI } from '../uri';
import * as stub from '../vscode';
import { Llmspell } from './support';

beforeEach(() => stub.reset());

const parameters: Schema = {
  type: 'object',
  required: ['count', 'mode'],
  properties: {
    api_key: { type: 'string' },
    body: { description: 'The <b>body</b>' },
    count: { type: 'integer', minimum: 1, maximum: 10 },
    headers: { type: 'object' },
    input: { type: 'string', maxLength: 65_536, minLength: 2 },
    items: { type: ['array', 'object'] },
    mode: { enum: ['fast', 'slow', 3] },
    name: { type: ['string', 'null'], default: 'Ada' },
    ratio: { type: 'number', default: 0.5 },
    verbose: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: true },
  },
};
const fields = fieldsOf(parameters);
const blank = initialValues(fields);
const tool: Tool = {
  name: 'demo', category: 'utility', description: 'Does "it"', tags: [], security: 'safe', needs: ['network'], parameters,
  examples: [{ description: 'One', params: { count: 2, mode: 'slow', input: 'say "hi" $x}' } }],
};

test('each kind of parameter has its control, and what is needed comes first', () => {
  assert.deepEqual(fields.map((field) => `${field.name}:${field.control}`), [
    'count:number', 'mode:select', 'api_key:text', 'body:any', 'headers:json', 'input:area', 'items:json', 'name:text', 'ratio:number', 'verbose:checkbox', 'strict:checkbox',
  ]);
  assert.equal(fields.find((field) => field.name === 'api_key')?.secret, true);
  assert.deepEqual(fieldsOf({}), []);
});

test('a form is read: defaults and what is empty are left out', () => {
  const read = collect(fields, { ...blank, count: ' 3 ', mode: 'fast' });
  assert.deepEqual(read, { params: { count: 3, mode: 'fast' }, errors: {} });
  const full = collect(fields, { count: '1e1', mode: '3', api_key: ' x ', body: '{"a":1}', headers: '{"A":"b"}', input: 'hi', items: '[1]', name: 'Ada', ratio: '-.25', verbose: true, strict: false });
  assert.deepEqual(full, { params: { count: 10, mode: 3, api_key: ' x ', body: { a: 1 }, headers: { A: 'b' }, input: 'hi', items: [1], ratio: -0.25, verbose: true, strict: false }, errors: {} });
  assert.equal(collect(fields, { ...blank, count: '1', mode: 'fast', body: 'plain text' }).params['body'], 'plain text');
});

test('integers of any size stay what they are', () => {
  const big = 12345678901234567890n;
  const one = fieldsOf({ properties: { id: { type: 'integer' }, body: { type: 'object' }, any: {} } });
  const read = collect(one, { id: '9007199254740993', body: `{"a": [-${big}, "${big}", 1e30, 9007199254740992], "${big}": "\\"${big}"}`, any: `${big}` });
  assert.deepEqual(read, { params: { id: 9007199254740993n, body: { a: [-big, `${big}`, 1e30, 9007199254740992], [`${big}`]: `"${big}` }, any: big }, errors: {} });
  const text = stringifyExact(read.params);
  assert.equal(text, `{"id":9007199254740993,"body":{"a":[-${big},"${big}",1e+30,9007199254740992],"${big}":"\\"${big}"},"any":${big}}`);
  assert.deepEqual(parseExact(text), read.params);
  assert.deepEqual(collect(one, initialValues(one, read.params)), read);
  assert.equal(luaValue(read.params['id']), '9007199254740993');
  const answer = readEnvelope(`{"operation":"x","success":true,"result":{"id":${big}}}`)!;
  assert.match(resultHtml(answer, []), new RegExp(`<span class="number">${big}</span>`));
  assert.equal(copyText(answer), `{\n  "id": ${big}\n}`);
  assert.equal(collect(fieldsOf({ properties: { n: { type: 'integer', maximum: 10 } } }), { n: `${big}` }).errors['n'], 'at most 10 is taken');
  for (const wrong of ['{', '01', '[1,]', '-', `0${big}`]) {
    assert.throws(() => parseExact(wrong), SyntaxError, wrong);
  }
});

test('a text may be empty where the tool takes that', () => {
  const one = fieldsOf({ required: ['text', 'name'], properties: { text: { type: 'string' }, name: { type: 'string', minLength: 1 }, separator: { type: 'string', default: ',' }, note: { type: 'string' } } });
  assert.deepEqual(collect(one, { text: '', name: '', separator: '', note: '' }), { params: { text: '', separator: '' }, errors: { name: 'name is needed' } });
  assert.deepEqual(collect(one, { text: '', name: 'x', separator: ',', note: '' }).params, { text: '', name: 'x' });
});

test('what is wrong is said at its field', () => {
  assert.deepEqual(collect(fields, blank).errors, { count: 'count is needed', mode: 'mode is needed' });
  const wrong = collect(fields, { ...blank, count: '11', mode: 'other', headers: '[1]', items: 'no', input: 'x', ratio: '0x10' });
  assert.deepEqual(Object.keys(wrong.errors).sort(), ['count', 'headers', 'input', 'items', 'mode', 'ratio']);
  assert.equal(wrong.errors['count'], 'at most 10 is taken');
  assert.equal(wrong.errors['headers'], 'JSON of the kind object is needed');
  assert.match(wrong.errors['items']!, /^this is no JSON: /);
  for (const [text, error] of [['0', 'at least 1 is needed'], ['1.5', 'a whole number is needed'], ['one', '"one" is no number'], ['1e999', '"1e999" is no number']] as const) {
    assert.equal(collect(fields, { ...blank, mode: 'fast', count: text }).errors['count'], error);
  }
  assert.match(collect(fields, { ...blank, input: 'x'.repeat(65_537) }).errors['input']!, /at most 65536/);
});

test('what a form shows is what it gives', () => {
  const given = { count: 2, mode: 3, body: '5', headers: { a: [1] }, input: 'a\nb', items: {}, ratio: 2, verbose: true, strict: false };
  assert.deepEqual(collect(fields, initialValues(fields, given)), { params: given, errors: {} });
  assert.equal(initialValues(fields, { body: '5' })['body'], '"5"', 'a text that looks like a number stays a text');
});

test("the runtime's error is put at the field that it is about", () => {
  const error = (field: unknown) => ({ code: 'validation_error', message: 'no', details: { field } });
  assert.equal(fieldOfError(fields, error('count')), 'count');
  assert.equal(fieldOfError(fields, error('headers.X[2]')), 'headers');
  assert.equal(fieldOfError(fields, error('other')), undefined);
  assert.equal(fieldOfError(fields, { code: 'x', message: 'y' }), undefined);
});

test('flags are split as a shell splits them', () => {
  assert.deepEqual(splitFlags(`  --allow-net=a.b  --x "two words" 'it''s' --y="a b" "`), ['--allow-net=a.b', '--x', 'two words', 'its', '--y=a b', '"']);
  assert.deepEqual(splitFlags(''), []);
});

test('the page runs nothing but its own script, and shows texts as texts', () => {
  const html = formPage({ ...tool, description: '</h1><script>alert(1)</script>' }, fields, { ...blank, input: '</textarea><img src=x onerror=alert(1)>' }, '"><b>', 'here', 'WORD');
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  assert.match(policy, /^default-src &#39;none&#39;;/);
  assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.ok(html.includes('<script nonce="WORD">') && html.includes('<style nonce="WORD">'));
  assert.ok(!html.includes('<img') && !html.includes('<b>body'));
  assert.ok(!/ style="| on\w+="/.test(html), 'no inline style or handler, which the policy would refuse');
  assert.equal(escapeHtml(`<a href="x" b='y'>&`), '&#60;a href=&#34;x&#34; b=&#39;y&#39;&#62;&#38;');
  assert.ok(page('t', 'w', '', '', '').startsWith('<!DOCTYPE html>'));
});

test('fields are labelled for those who do not see them', () => {
  for (const field of fields) {
    const html = fieldHtml(field, blank[field.name]);
    assert.ok(html.includes(`id="field-${field.name}"`), html);
    assert.ok(field.control === 'checkbox' ? html.includes('<label class="check">') : html.includes(`<label for="field-${field.name}">`), html);
    assert.ok(html.includes(`aria-describedby="field-${field.name}-hint field-${field.name}-error"`));
  }
  assert.ok(fieldHtml(fields[1]!, 'slow').includes('<option value="slow" selected>'));
  assert.ok(fieldHtml(fields[2]!, '').includes('type="password"'));
});

function session(answer: (params: unknown, flags: readonly string[], signal?: AbortSignal) => Promise<Envelope>) {
  const posted: PageMessage[] = [];
  const done: string[] = [];
  const host: FormHost = {
    post: (message) => void posted.push(message),
    insert: async (params) => void done.push(`insert ${JSON.stringify(params)}`),
    showSchema: async () => void done.push('schema'),
    copy: async (text) => void done.push(`copy ${text}`),
    open: async (text, language) => void done.push(`open ${language} ${text}`),
    pictures: async () => [],
    log: () => undefined,
  };
  const form = new FormSession(tool, { invoke: (_name, params, flags, signal) => answer(params, flags ?? [], signal) }, host);
  const send = (type: 'ready' | 'invoke' | 'cancel' | 'insert' | 'schema' | 'copy' | 'open' | 'example', more: object = {}) =>
    form.handle({ type, values: { ...blank, count: '2', mode: 'fast' }, flags: '--timeout 1s', ...more });
  return { form, posted, done, send, kinds: () => posted.map((message) => message.type) };
}

test('what cannot be called leaves no older answer behind', async () => {
  const { posted, done, send } = session(async (params) => {
    if (posted.some((message) => message.type === 'result')) {
      throw new Error('unknown flag: --nope');
    }
    return { operation: 'x', success: false, error: { code: 'x', message: JSON.stringify(params) } };
  });
  await send('invoke');
  await send('invoke');
  assert.deepEqual(posted.at(-1), { type: 'failed', message: 'unknown flag: --nope' });
  const before = posted.length;
  await send('ready');
  await send('copy');
  await send('open');
  assert.equal(posted.length, before);
  assert.deepEqual(done, []);
  assert.match(FORM_SCRIPT, /case 'failed':.*byId\('result'\)\.replaceChildren\(\)/);
});

test('a call goes from the form to the tool, and its answer back', async () => {
  const asked: unknown[] = [];
  const { posted, done, send, kinds } = session(async (params, flags) => {
    asked.push(params, flags);
    return { operation: 'x', success: true, text: 'fine', result: { a: 1 } };
  });
  await send('copy');
  assert.deepEqual(done, [], 'there is nothing yet');
  await send('invoke');
  assert.deepEqual(asked, [{ count: 2, mode: 'fast' }, ['--timeout', '1s']]);
  assert.deepEqual(kinds(), ['running', 'stopped', 'result']);
  await send('copy');
  await send('open');
  await send('insert');
  await send('schema');
  assert.deepEqual(done, ['copy fine', 'open plaintext fine', 'insert {"count":2,"mode":"fast"}', 'schema']);
  await send('ready');
  assert.equal(posted.at(-1)?.type, 'result', 'a page that is made again shows the result again');
  await send('example', { index: 0 });
  assert.deepEqual((posted.at(-1) as { values: Record<string, unknown> }).values['input'], 'say "hi" $x}');
  await send('example', { index: 7 });
});

test('a form that is wrong is not sent, and an error of the tool is shown at its field', async () => {
  let calls = 0;
  const { posted, send, kinds } = session(async () => {
    calls++;
    return { operation: 'x', success: false, error: { code: 'validation_error', message: 'count is odd', details: { field: 'count' } } };
  });
  await send('invoke', { values: blank });
  assert.deepEqual([calls, kinds()], [0, ['errors']]);
  await send('insert', { values: blank });
  assert.equal(kinds().length, 2);
  await send('invoke');
  assert.deepEqual(posted.at(-1), { type: 'errors', errors: { count: 'count is odd' } });
});

test('a call can be stopped, a second one waits for none, and a failure of llmspell is shown', async () => {
  const { posted, send } = session((_params, _flags, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))));
  const call = send('invoke');
  await send('invoke');
  await send('cancel');
  await call;
  assert.deepEqual(posted, [{ type: 'running' }, { type: 'failed', message: 'The call was stopped.' }]);
  const broken = session(async () => {
    throw new Error('no such kernel runs');
  });
  await broken.send('invoke');
  assert.deepEqual(broken.posted.at(-1), { type: 'failed', message: 'no such kernel runs' });
});

test('the model lists, describes and calls, in the kernel that is chosen', async () => {
  const llmspell = new Llmspell();
  llmspell.answers['tool list'] = { stdout: '[]' };
  llmspell.answers['tool info'] = { stdout: '{"name":"demo"}' };
  llmspell.answers['tool invoke'] = { code: 6, stdout: '{"operation":"x","success":false}', stderr: 'llmspell: no' };
  let kernel = '';
  const model = new ToolModel(llmspell.run, () => kernel, () => ['--allow-net=a']);
  await Promise.all([model.list(), model.list(), model.info('demo'), model.info('demo')]);
  kernel = 'dev';
  assert.equal((await model.invoke('demo', { a: '-x' }, ['--no-cache'])).success, false);
  assert.deepEqual(llmspell.calls.map((call) => call.args.join(' ')), [
    'tool list --format json --allow-net=a', 'tool info demo --format json --allow-net=a', 'tool invoke demo --params - --format json --connect dev --allow-net=a --no-cache',
  ]);
  assert.equal(llmspell.calls[2]?.options.input, '{"a":"-x"}');
  llmspell.answers['tool invoke'] = { code: 5, stderr: 'no such kernel runs: "dev"' };
  await assert.rejects(model.invoke('demo', {}), /no such kernel runs/);
  llmspell.answers['tool list'] = { code: 5, stderr: 'no such kernel runs: "dev"' };
  let changes = 0;
  model.onDidChange(() => changes++);
  model.reload();
  assert.equal(changes, 1);
  const items = await new ToolTree(model).getChildren();
  assert.deepEqual(items, [{ kind: 'failure', message: 'no such kernel runs: "dev"' }]);
  llmspell.answers['tool list'] = { stdout: '[]' };
  assert.deepEqual(await new ToolTree(model).getChildren(), [], 'a failure is not kept');
  assert.equal(readEnvelope('[1]') ?? readEnvelope('x') ?? readEnvelope('null'), undefined);
});

test('the schema of a tool is asked for where the tool is: with its MCP servers, or in the kernel', async () => {
  const llmspell = new Llmspell();
  llmspell.answers['tool info'] = { stdout: '{}' };
  let kernel = '';
  const model = new ToolModel(llmspell.run, () => kernel, () => ['--mcp-config=/w/m.json', '--mcp-project', '--allow-net=a']);
  const documents = new PrintedDocuments(llmspell.run, () => model.common());
  const panels = new ToolPanels(llmspell.services as never, model, documents, () => kernel);
  const asked = async () => {
    await panels.showSchema('mcp:demo/add');
    const address = URI.parse(stub.shown.at(-1)!.text);
    await documents.provideTextDocumentContent(address as never);
    return llmspell.calls.at(-1)!.args.join(' ');
  };
  assert.equal(await asked(), 'tool info mcp:demo/add --show-schema --format json --mcp-config=/w/m.json --mcp-project --allow-net=a');
  kernel = 'dev';
  assert.match(await asked(), / --connect dev /);
  panels.dispose();
});

test('a form that is open says where the tool runs when another kernel is chosen', async () => {
  const llmspell = new Llmspell();
  llmspell.answers['tool info'] = { stdout: JSON.stringify(tool) };
  let kernel = '';
  let hear: (message: object) => void = () => undefined;
  const posted: object[] = [];
  const webview = { html: '', onDidReceiveMessage: (f: typeof hear) => void (hear = f), postMessage: async (message: object) => void posted.push(message) };
  const createWebviewPanel = () => ({ webview, onDidDispose: () => undefined, reveal: () => undefined, dispose: () => undefined });
  Object.assign(stub.window, { createWebviewPanel });
  const model = new ToolModel(llmspell.run, () => kernel, () => []);
  const panels = new ToolPanels(llmspell.services as never, model, new PrintedDocuments(llmspell.run), () => kernel);
  await panels.open(tool.name);
  assert.match(webview.html, /<span id="where">in a process of its own<\/span>/);
  kernel = 'dev';
  model.reload(); // as the setting does
  assert.deepEqual(posted, [{ type: 'where', where: 'in kernel dev' }]);
  hear({ type: 'ready', values: {}, flags: '' });
  assert.deepEqual(posted.at(-1), { type: 'where', where: 'in kernel dev' }, 'a page that is made again');
  assert.match(FORM_SCRIPT, /case 'where': byId\('where'\)\.textContent = data\.where/);
  panels.dispose();
  posted.length = 0;
  model.reload();
  assert.deepEqual(posted, []);
});

test('the tree has categories and tools', async () => {
  const one = (name: string, category: string) => ({ name, category, description: `Does ${name}`, tags: [], security: 'safe', needs: category === 'web' ? ['network'] : [] });
  const nodes = byCategory([one('b', 'web'), one('a', 'web'), one('c', 'filesystem'), one('d', 'own')]);
  const view = new ToolTree(new ToolModel(new Llmspell().run, () => '', () => []));
  assert.deepEqual(nodes.map((node) => view.getTreeItem(node).label), ['Files', 'Own', 'Web']);
  const tools = await view.getChildren(nodes[2]);
  const item = view.getTreeItem(tools[0]!);
  assert.deepEqual([item.label, item.description, item.contextValue, item.command?.command], ['a', 'Does a', 'tool', 'llmspell.tool.invoke']);
  assert.match(String(item.tooltip), /Needs: network/);
  assert.deepEqual(await view.getChildren(tools[0]), []);
  assert.equal(categoryLabel(''), 'Other');
});

test('calls are Lua', () => {
  assert.equal(callText('demo', { a: 1, 'b c': ['x', null, true], end: { n: -0.5 } }), 'Tool.execute("demo", { a = 1, ["b c"] = { "x", nil, true }, ["end"] = { n = -0.5 } })');
  assert.equal(callText('demo', {}), 'Tool.execute("demo", {})');
  assert.equal(luaString('a"\\\n\u0000\u007f1ü'), '"a\\"\\\\\\n\\000\\1271ü"');
  assert.equal(luaValue([]), '{}');
});

test('snippets have placeholders, and what is not one is escaped', () => {
  assert.equal(callSnippet(tool, false), 'Tool.execute("demo", {\n\tcount = ${1:2},\n\tmode = ${2|"slow","fast",3|},\n\tinput = "${3:say \\\\"hi\\\\" \\$x\\}}",\n})$0');
  assert.equal(callSnippet({ ...tool, parameters: {}, examples: [] }, true), 'local ${1:result} = Tool.execute("demo", {})\n$0');
  const choice: Tool = { ...tool, parameters: { required: ['a'], properties: { a: { enum: ['x,y', 'p|q', '$'] } } }, examples: [] };
  assert.equal(callSnippet(choice, false), 'Tool.execute("demo", {\n\ta = ${1|"x\\,y","p\\|q","\\$"|},\n})$0');
});

test('a result is shown as picture, text, tree and JSON', () => {
  const envelope: Envelope = { operation: 'x', success: true, text: '<i>t</i>', result: { list: [1, 'two', null, {}], deep: { a: { b: 1 } } }, metadata: { duration_ms: 1234.5 } };
  const html = resultHtml(envelope, [{ name: 'p', source: 'data:image/png;base64,AA==' }]);
  assert.deepEqual([...html.matchAll(/data-pane="(\w+)" aria/g)].map((match) => match[1]), ['picture', 'text', 'tree', 'json']);
  assert.ok(html.includes('<h2 class="good">Succeeded in 1.23 s</h2>') && html.includes('&#60;i&#62;t') && !html.includes('<i>'));
  assert.equal(copyText(envelope), '<i>t</i>');
  assert.equal(copyText({ operation: 'x', success: true, result: [1] }), '[\n  1\n]');
  const failed: Envelope = { operation: 'x', success: false, error: { code: 'execution_error', message: 'it <broke>', details: { column: 2 } }, metadata: { duration_ms: 0.065387 } };
  assert.equal(headline(failed), 'Failed (execution_error) in 0.0654 ms');
  assert.ok(resultHtml(failed, []).includes('<p class="bad">it &#60;broke&#62;</p>'));
  assert.equal(headline({ operation: 'x', success: true, metadata: { cached: true } }), 'Succeeded, from the cache');
});

test('large results are cut, and say so', () => {
  const html = tree(Array.from({ length: 20_000 }, (_, i) => i));
  assert.match(html, /… 15000 more: open it as a document/);
  assert.ok(html.length < 500_000);
  let deep: unknown = 1;
  for (let i = 0; i < 3000; i++) {
    deep = { a: deep };
  }
  assert.ok(tree(deep).length > 0);
});

test('pictures are found in results', () => {
  assert.deepEqual(pictureTexts({ a: 'x.PNG', b: ['data:image/png;base64,AAAA', 'data:text/html;base64,AAAA', 'data:image/png;base64,"><b>'], c: 'notes.txt' }), [
    { name: 'result.a', text: 'x.PNG' }, { name: 'result.b.0', text: 'data:image/png;base64,AAAA' },
  ]);
  assert.equal(imageType('a.b/c.jpeg'), 'image/jpeg');
  assert.equal(imageType('constructor'), undefined);
});
