// llmspell lsp with Microsoft's own client packages, whose guards judge the answers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAPABILITIES, connect, folder, P } from './languageclient.mjs';
import { deadline, LIMIT } from './support.mjs';

const SCRIPT = `local util = require("util")
local calc = Tool.get("calculator")

--- Adds two numbers.
---@class Pair
---@field left number
local Pair = {}

--- Adds two numbers.
---@param first number
---@param second number
---@return number sum
local function add(first, second)
  local sum = first + second
  return sum
end

--[[ A comment 🎈
of two lines ]]
local result = calc:execute({ operation = "evaluate", input = "1 + 1" })
print("🎈", add(1, 2), result, Pair, util.twice(3))
local kept=   add(3,4)
State.set("runs", kept)
add(first_of_all, 2)
`;

const UTIL = `local M = {}

--- Doubles a number.
---@param n number
---@return number
function M.twice(n)
  return n * 2
end

return M
`;

const every = (list, is, what) => {
  assert.ok(Array.isArray(list), `${what} is a list: ${JSON.stringify(list)}`);
  for (const x of list) assert.ok(is(x), `${what}: ${JSON.stringify(x)}`);
};
const some = (list, is, what) => {
  every(list, is, what);
  assert.ok(list.length > 0, `${what}: none`);
};
const place = (x) => P.Location.is(x) || P.LocationLink.is(x);
const markup = (x) => x === undefined || typeof x === 'string' || P.MarkupContent.is(x);
const item = (x) =>
  typeof x.label === 'string' && markup(x.documentation) && (x.textEdit === undefined || P.TextEdit.is(x.textEdit) || P.InsertReplaceEdit.is(x.textEdit)) &&
  (x.labelDetails === undefined || P.CompletionItemLabelDetails.is(x.labelDetails));
const treeItem = (x) => typeof x.name === 'string' && typeof x.kind === 'number' && P.DocumentUri.is(x.uri) && P.Range.is(x.range) && P.Range.is(x.selectionRange);
// The guard of an action wants an edit or a command: one that is still to be resolved has neither.
const action = (x) => P.CodeAction.is(x.disabled || x.data !== undefined ? { ...x, edit: x.edit ?? { changes: {} } } : x) && (x.disabled === undefined || typeof x.disabled.reason === 'string');
const symbol = (x) => typeof x.name === 'string' && typeof x.kind === 'number' && P.DocumentUri.is(x.location.uri);
const texts = (x) => (Array.isArray(x) ? x : [x]).filter(Boolean);

// places asks where something is, and returns the documents and lines.
async function places(s, method, uri, position) {
  const found = texts(await s.ask(method, { textDocument: { uri }, position, context: { includeDeclaration: true } }));
  some(found, place, method);
  return found.map((x) => [(x.targetUri ?? x.uri).split('/').pop(), (x.targetSelectionRange ?? x.range).start.line]);
}

// CHECKS has a check for each capability that the server may announce: a session s, and
// a document of SCRIPT. A check fails if there is no answer.
const CHECKS = {
  async completionProvider(s, uri) {
    const textDocument = { uri };
    const list = await s.ask('textDocument/completion', { textDocument, position: s.at(uri, 'execute({ '), context: { triggerKind: 1 } });
    some(list.items, item, 'completion');
    assert.deepEqual(list.items.map((x) => x.label).filter((x) => x === 'variables'), ['variables']);
    const member = await s.ask('textDocument/completion', { textDocument, position: s.at(uri, 'calc:'), context: { triggerKind: 2, triggerCharacter: ':' } });
    const execute = member.items.find((x) => x.label.startsWith('execute'));
    const resolved = await s.ask('completionItem/resolve', { ...execute, data: execute.data ?? member.itemDefaults?.data });
    assert.ok(item(resolved) && resolved.label === execute.label, JSON.stringify(resolved));
    assert.ok(markup(resolved.documentation) && resolved.documentation !== undefined, JSON.stringify(resolved));
  },
  async hoverProvider(s, uri) {
    const hover = await s.ask('textDocument/hover', { textDocument: { uri }, position: s.at(uri, 'function add', -1) });
    assert.ok(P.Hover.is(hover), JSON.stringify(hover));
    assert.match(hover.contents.value, /Adds two numbers/);
    assert.equal(await s.ask('textDocument/hover', { textDocument: { uri }, position: { line: 2, character: 0 } }), null);
  },
  async signatureHelpProvider(s, uri) {
    const help = await s.ask('textDocument/signatureHelp', { textDocument: { uri }, position: s.at(uri, 'add(1, ') });
    some(help.signatures, (x) => typeof x.label === 'string' && markup(x.documentation), 'signatures');
    assert.equal(help.activeParameter ?? help.signatures[help.activeSignature ?? 0].activeParameter, 1);
    assert.match(help.signatures[0].label, /first.*second/);
    // VS Code gives back what it shows, and calls no parameter -1 there.
    const context = { triggerKind: 2, triggerCharacter: ',', isRetrigger: true, activeSignatureHelp: { ...help, activeParameter: -1 } };
    const again = await s.ask('textDocument/signatureHelp', { textDocument: { uri }, position: s.at(uri, 'add(1, '), context });
    assert.deepEqual(again.signatures, help.signatures);
  },
  async definitionProvider(s, uri) {
    assert.deepEqual(await places(s, 'textDocument/definition', uri, s.at(uri, '"🎈", ad')), [['main.lua', 12]]);
    assert.deepEqual(await places(s, 'textDocument/definition', uri, s.at(uri, 'util.twi')), [['util.lua', 5]]);
  },
  async declarationProvider(s, uri) {
    assert.deepEqual(await places(s, 'textDocument/declaration', uri, s.at(uri, 'return su')), [['main.lua', 13]]);
  },
  async typeDefinitionProvider(s, uri) {
    assert.deepEqual(await places(s, 'textDocument/typeDefinition', uri, s.at(uri, 'local Pai')), [['main.lua', 4]]);
    const tool = texts(await s.ask('textDocument/typeDefinition', { textDocument: { uri }, position: s.at(uri, 'local cal') }));
    assert.deepEqual(tool.map((x) => x.targetUri ?? x.uri), ['llmspell-schema:calculator']);
  },
  async implementationProvider(s, uri) {
    assert.deepEqual(await places(s, 'textDocument/implementation', uri, s.at(uri, '"🎈", ad')), [['main.lua', 12]]);
    assert.deepEqual(await places(s, 'textDocument/implementation', uri, s.at(uri, 'util.twi')), [['util.lua', 5]]);
  },
  async referencesProvider(s, uri) {
    assert.deepEqual((await places(s, 'textDocument/references', uri, s.at(uri, 'function ad'))).map((x) => x[1]), [12, 20, 21, 23]);
  },
  async documentHighlightProvider(s, uri) {
    const list = await s.ask('textDocument/documentHighlight', { textDocument: { uri }, position: s.at(uri, 'function ad') });
    some(list, (x) => P.Range.is(x.range) && [undefined, 1, 2, 3].includes(x.kind), 'highlights');
    assert.equal(list.length, 4);
  },
  async documentSymbolProvider(s, uri) {
    const list = await s.ask('textDocument/documentSymbol', { textDocument: { uri } });
    some(list, P.DocumentSymbol.is, 'symbols');
    assert.ok(list.some((x) => x.name === 'add'), JSON.stringify(list.map((x) => x.name)));
  },
  async workspaceSymbolProvider(s) {
    let list = [];
    for (const end = Date.now() + 10_000; list.length === 0 && Date.now() < end; ) list = (await s.ask('workspace/symbol', { query: 'twice' })) ?? [];
    some(list, symbol, 'workspace symbols'); // it may have had to look at the files first
    if (s.server.capabilities.workspaceSymbolProvider.resolveProvider) {
      const resolved = await s.ask('workspaceSymbol/resolve', list[0]);
      assert.ok(P.Location.is(resolved.location), JSON.stringify(resolved));
    }
  },
  async renameProvider(s, uri) {
    const position = s.at(uri, 'local function ad');
    const prepared = await s.ask('textDocument/prepareRename', { textDocument: { uri }, position });
    assert.ok(P.Range.is(prepared) || P.Range.is(prepared.range), JSON.stringify(prepared));
    const edit = await s.ask('textDocument/rename', { textDocument: { uri }, position, newName: 'plus' });
    assert.ok(P.WorkspaceEdit.is(edit), JSON.stringify(edit));
    const [change] = edit.documentChanges;
    const after = P.TextDocument.applyEdits(s.documents.get(uri), change.edits);
    assert.equal(after, SCRIPT.replaceAll('add(', 'plus('));
    await assert.rejects(s.ask('textDocument/rename', { textDocument: { uri }, position, newName: 'end' }));
  },
  async codeActionProvider(s, uri) {
    const textDocument = { uri };
    const range = { start: { line: 0, character: 0 }, end: s.documents.get(uri).positionAt(SCRIPT.length) };
    const list = await s.ask('textDocument/codeAction', { textDocument, range, context: { diagnostics: s.findings.get(uri)?.diagnostics ?? [], triggerKind: 1 } });
    some(list, (x) => action(x) || P.Command.is(x), 'code actions');
    for (const x of list) {
      if (s.server.capabilities.codeActionProvider.resolveProvider && action(x) && !x.disabled && !x.command) {
        const whole = x.edit ? x : await s.ask('codeAction/resolve', x);
        assert.ok(P.WorkspaceEdit.is(whole.edit), JSON.stringify(whole));
      }
    }
    // A change that is offered for a selection is worked out when it is taken, and one that cannot be says why.
    const start = s.at(uri, 'local sum = ');
    const chosen = { start, end: { line: start.line, character: start.character + 'first + second'.length } };
    const ask = (range, only) => s.ask('textDocument/codeAction', { textDocument, range, context: { diagnostics: [], only, triggerKind: 1 } });
    const extract = (await ask(chosen, ['refactor.extract'])).find((x) => x.kind === 'refactor.extract.variable');
    assert.ok(action(extract) && extract.edit === undefined && extract.data !== undefined, JSON.stringify(extract));
    const { edit } = await s.ask('codeAction/resolve', extract);
    assert.equal(P.TextDocument.applyEdits(s.documents.get(uri), edit.documentChanges[0].edits), SCRIPT.replace('  local sum = first + second', '  local result2 = first + second\n  local sum = result2'));
    const kept = s.at(uri, 'local kept');
    const [inline] = await ask({ start: kept, end: kept }, ['refactor.inline']);
    assert.equal(inline?.kind, 'refactor.inline.variable');
    assert.equal(inline.disabled, undefined, JSON.stringify(inline));
    for (const x of await ask(chosen, ['quickfix'])) assert.ok(x.kind === 'quickfix', JSON.stringify(x));
    for (const x of await ask(chosen, ['source'])) assert.match(x.kind, /^source/);
    if (s.server.capabilities.codeActionProvider.codeActionKinds) {
      for (const kind of ['quickfix', 'refactor.extract', 'refactor.inline', 'refactor.rewrite', 'source.organizeImports', 'source.fixAll'])
        assert.ok(s.server.capabilities.codeActionProvider.codeActionKinds.includes(kind), kind);
    }
  },
  async codeLensProvider(s, uri) {
    const list = await s.ask('textDocument/codeLens', { textDocument: { uri } });
    some(list, P.CodeLens.is, 'code lenses');
    for (const x of list) {
      const whole = x.command ? x : await s.ask('codeLens/resolve', x);
      assert.ok(P.CodeLens.is(whole) && P.Command.is(whole.command), JSON.stringify(whole));
    }
  },
  async documentLinkProvider(s, uri) {
    const list = await s.ask('textDocument/documentLink', { textDocument: { uri } });
    every(list, P.DocumentLink.is, 'links');
    const targets = [];
    for (const x of list) targets.push((x.target ? x : await s.ask('documentLink/resolve', x)).target);
    assert.ok(targets.some((x) => x.endsWith('/util.lua')) && targets.some((x) => /calculator/.test(x)), JSON.stringify(targets));
  },
  async documentFormattingProvider(s, uri) {
    const edits = await s.ask('textDocument/formatting', { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } });
    some(edits, P.TextEdit.is, 'formatting');
    assert.match(P.TextDocument.applyEdits(s.documents.get(uri), edits), /^local kept = add\(3, 4\)$/m);
  },
  async documentRangeFormattingProvider(s, uri) {
    const line = s.at(uri, 'local kept').line;
    const edits = await s.ask('textDocument/rangeFormatting', {
      textDocument: { uri }, range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, options: { tabSize: 2, insertSpaces: true },
    });
    some(edits, P.TextEdit.is, 'range formatting');
    assert.equal(P.TextDocument.applyEdits(s.documents.get(uri), edits), SCRIPT.replace('local kept=   add(3,4)', 'local kept = add(3, 4)'));
  },
  async documentOnTypeFormattingProvider(s, uri) {
    const position = { line: s.at(uri, 'local sum').line, character: 2 };
    const edits = await s.ask('textDocument/onTypeFormatting', { textDocument: { uri }, position, ch: '\n', options: { tabSize: 4, insertSpaces: true } });
    some(edits, P.TextEdit.is, 'formatting on type');
    assert.equal(P.TextDocument.applyEdits(s.documents.get(uri), edits), SCRIPT.replace('  local sum', '    local sum'));
  },
  async semanticTokensProvider(s, uri) {
    const { legend } = s.server.capabilities.semanticTokensProvider;
    const full = await s.ask('textDocument/semanticTokens/full', { textDocument: { uri } });
    assert.ok(P.SemanticTokens.is(full) && full.data.length > 0 && full.data.length % 5 === 0, JSON.stringify(full));
    for (let i = 0; i < full.data.length; i += 5) {
      assert.ok(full.data[i + 2] > 0 && full.data[i + 3] < legend.tokenTypes.length && full.data[i + 4] < 2 ** legend.tokenModifiers.length);
    }
    const range = { start: { line: 12, character: 0 }, end: { line: 15, character: 3 } };
    assert.ok(P.SemanticTokens.is(await s.ask('textDocument/semanticTokens/range', { textDocument: { uri }, range })));
    const delta = await s.ask('textDocument/semanticTokens/full/delta', { textDocument: { uri }, previousResultId: full.resultId });
    every(delta.edits, (x) => P.uinteger.is(x.start) && P.uinteger.is(x.deleteCount), 'delta');
    assert.equal(delta.edits.length, 0, 'nothing has changed');
  },
  async inlayHintProvider(s, uri) {
    const range = { start: { line: 0, character: 0 }, end: s.documents.get(uri).positionAt(SCRIPT.length) };
    const list = await s.ask('textDocument/inlayHint', { textDocument: { uri }, range });
    some(list, P.InlayHint.is, 'inlay hints');
    if (s.server.capabilities.inlayHintProvider.resolveProvider) assert.ok(P.InlayHint.is(await s.ask('inlayHint/resolve', list[0])));
  },
  async inlineValueProvider(s, uri) {
    const range = { start: { line: 12, character: 0 }, end: { line: 14, character: 12 } };
    const is = (x) => P.InlineValueText.is(x) || P.InlineValueVariableLookup.is(x) || P.InlineValueEvaluatableExpression.is(x);
    const stoppedLocation = { start: { line: 14, character: 2 }, end: { line: 14, character: 12 } };
    const list = await s.ask('textDocument/inlineValue', { textDocument: { uri }, range, context: { frameId: 1, stoppedLocation } });
    some(list, is, 'inline values');
    assert.deepEqual([...new Set(list.map((x) => x.variableName))].sort(), ['first', 'second', 'sum']);
  },
  async foldingRangeProvider(s, uri) {
    const list = await s.ask('textDocument/foldingRange', { textDocument: { uri } });
    some(list, (x) => P.FoldingRange.is(x) && x.startLine < x.endLine, 'folds');
    assert.ok(list.some((x) => x.startLine === 12), JSON.stringify(list));
  },
  async selectionRangeProvider(s, uri) {
    const list = await s.ask('textDocument/selectionRange', { textDocument: { uri }, positions: [s.at(uri, 'first + sec'), s.at(uri, 'State.se')] });
    some(list, P.SelectionRange.is, 'selections');
    assert.equal(list.length, 2);
  },
  async linkedEditingRangeProvider(s, uri) {
    const linked = await s.ask('textDocument/linkedEditingRange', { textDocument: { uri }, position: s.at(uri, 'local su') });
    some(linked.ranges, P.Range.is, 'linked ranges');
    assert.deepEqual(linked.ranges.map((x) => x.start.line), [13, 14]);
  },
  async callHierarchyProvider(s, uri) {
    const [first] = await s.ask('textDocument/prepareCallHierarchy', { textDocument: { uri }, position: s.at(uri, 'function ad') });
    assert.ok(treeItem(first) && first.name === 'add', JSON.stringify(first));
    assert.deepEqual(await s.ask('callHierarchy/outgoingCalls', { item: first }), []);
    const incoming = await s.ask('callHierarchy/incomingCalls', { item: first });
    some(incoming, (x) => treeItem(x.from) && x.fromRanges.every(P.Range.is), 'incoming calls');
    assert.deepEqual(incoming.flatMap((x) => x.fromRanges.map((r) => r.start.line)), [20, 21, 23]);
    const other = await s.open('calls.lua', 'local function inner() end\nlocal function outer()\n  inner()\nend\nouter()\n');
    const [outer] = await s.ask('textDocument/prepareCallHierarchy', { textDocument: { uri: other }, position: s.at(other, 'function out') });
    const outgoing = await s.ask('callHierarchy/outgoingCalls', { item: outer });
    some(outgoing, (x) => treeItem(x.to) && x.fromRanges.every(P.Range.is), 'outgoing calls');
    assert.deepEqual(outgoing.map((x) => [x.to.name, x.fromRanges[0].start.line]), [['inner', 2]]);
    await s.close(other);
  },
  async typeHierarchyProvider(s, uri) {
    const list = await s.ask('textDocument/prepareTypeHierarchy', { textDocument: { uri }, position: s.at(uri, '@class Pai') });
    some(list, treeItem, 'types');
    assert.deepEqual(await s.ask('typeHierarchy/supertypes', { item: list[0] }), []);
    const other = await s.open('types.lua', '---@class Base\n---@field a number\n\n---@class Middle : Base\n\n---@class Last : Middle\n');
    const [middle] = await s.ask('textDocument/prepareTypeHierarchy', { textDocument: { uri: other }, position: s.at(other, '@class Mid') });
    for (const [way, name] of [['supertypes', 'Base'], ['subtypes', 'Last']]) {
      const found = await s.ask(`typeHierarchy/${way}`, { item: middle });
      some(found, treeItem, way);
      assert.deepEqual(found.map((x) => x.name), [name]);
    }
    await s.close(other);
  },
  async diagnosticProvider(s, uri) {
    const textDocument = { uri };
    const report = await s.ask('textDocument/diagnostic', { textDocument });
    assert.equal(report.kind, 'full');
    some(report.items, P.Diagnostic.is, 'diagnostics');
    assert.deepEqual(await s.ask('textDocument/diagnostic', { textDocument, previousResultId: report.resultId }), { kind: 'unchanged', resultId: report.resultId });
    if (s.server.capabilities.diagnosticProvider.workspaceDiagnostics) {
      const all = await s.ask('workspace/diagnostic', { previousResultIds: [] });
      some(all.items, (x) => P.DocumentUri.is(x.uri) && x.items.every(P.Diagnostic.is), 'workspace diagnostics');
      assert.deepEqual(all.items.find((x) => x.uri === uri)?.items, report.items);
    }
  },
  async executeCommandProvider(s) {
    const { commands } = s.server.capabilities.executeCommandProvider;
    every(commands, (x) => x.startsWith('llmspell.'), 'commands');
    const status = await s.ask('workspace/executeCommand', { command: 'llmspell.status' });
    assert.equal(status.open, 1);
    assert.equal(status.positions, 'utf-16');
    const run = await s.ask('workspace/executeCommand', { command: 'llmspell.run', arguments: [{ uri: s.uri('util.lua') }] });
    assert.deepEqual([run.exitCode, run.output], [0, '']);
    await assert.rejects(s.ask('workspace/executeCommand', { command: 'llmspell.nothing' }), { code: P.ErrorCodes.InvalidParams });
  },
};

// What is announced that has no answers of its own.
const QUIET = ['positionEncoding', 'textDocumentSync', 'workspace', 'experimental'];

// What must be announced, whatever else is.
const REQUIRED = [
  'completionProvider', 'hoverProvider', 'signatureHelpProvider', 'declarationProvider', 'definitionProvider', 'typeDefinitionProvider',
  'implementationProvider', 'referencesProvider', 'documentHighlightProvider', 'documentSymbolProvider', 'codeActionProvider', 'codeLensProvider',
  'documentLinkProvider', 'renameProvider', 'foldingRangeProvider', 'selectionRangeProvider', 'linkedEditingRangeProvider',
  'callHierarchyProvider', 'typeHierarchyProvider', 'semanticTokensProvider', 'inlineValueProvider', 'inlayHintProvider', 'diagnosticProvider',
  'workspaceSymbolProvider', 'executeCommandProvider',
];

describe('lsp', LIMIT, () => {
  test('every feature that is announced answers, and its answers have the shape', async (t) => {
    const s = await connect(t, { dir: folder(t, { 'main.lua': SCRIPT, 'util.lua': UTIL }) });
    assert.deepEqual(REQUIRED.filter((name) => !s.server.capabilities[name]), []);
    const uri = await s.open('main.lua', SCRIPT);
    await s.published(uri, () => true);
    for (const name of Object.keys(s.server.capabilities).filter((x) => !QUIET.includes(x))) {
      assert.ok(CHECKS[name], `${name} is announced, and there is no check for it`);
      await t.test(name, LIMIT, () => CHECKS[name](s, uri));
    }
    const { textDocumentContent } = s.server.capabilities.workspace;
    assert.deepEqual([...textDocumentContent.schemes].sort(), ['llmspell-library', 'llmspell-schema']);
    const schema = await s.ask('workspace/textDocumentContent', { uri: 'llmspell-schema:calculator' });
    assert.ok('input' in JSON.parse(schema.text).parameters.properties, schema.text);
  });

  test('findings follow the text, with the version that they belong to', async (t) => {
    const s = await connect(t);
    const uri = await s.open('a.lua', 'local text = "🎈" print(text)\n');
    assert.deepEqual(await s.published(uri, (list) => list.length === 0), []);
    await s.change(uri, { range: { start: { line: 0, character: 17 }, end: { line: 0, character: 17 } }, text: ' = ' });
    const [fault] = await s.published(uri, (list) => list.length > 0);
    assert.equal(fault.severity, P.DiagnosticSeverity.Error);
    assert.equal(fault.code, 'syntax');
    s.ranges(fault, uri);
    await s.change(uri, { range: { start: { line: 0, character: 17 }, end: { line: 0, character: 20 } }, text: '' });
    await s.published(uri, (list) => list.length === 0);
    await s.close(uri);
  });

  test('a wrong tool and a wrong parameter are findings with fixes that mend them', async (t) => {
    const s = await connect(t);
    const wrong = 'local calc = Tool.get("calculatr")\nlocal other = Tool.get("calculator")\nprint(calc, other:execute({ inptu = "1 + 1" }))\n';
    const uri = await s.open('a.lua', wrong);
    const found = await s.published(uri, (list) => list.length > 0);
    let text = P.TextDocument.create(uri, 'lua', 1, wrong);
    for (const [bad, good] of [['inptu', 'input'], ['calculatr', 'calculator']]) {
      const finding = found.find((x) => x.message.includes(bad));
      assert.ok(finding, `no finding names ${bad}: ${JSON.stringify(found)}`);
      s.ranges(finding, uri);
      const actions = await s.ask('textDocument/codeAction', { textDocument: { uri }, range: finding.range, context: { diagnostics: [finding], only: ['quickfix'] } });
      some(actions, P.CodeAction.is, 'fixes');
      const fix = actions.find((x) => x.title.includes(good));
      assert.ok(fix, JSON.stringify(actions));
      const { edit } = fix.edit ? fix : await s.ask('codeAction/resolve', fix);
      assert.ok(P.WorkspaceEdit.is(edit), JSON.stringify(edit));
      const edits = edit.documentChanges?.flatMap((x) => x.edits) ?? Object.values(edit.changes).flat();
      text = P.TextDocument.create(uri, 'lua', 2, P.TextDocument.applyEdits(text, edits));
    }
    assert.equal(text.getText(), wrong.replace('calculatr"', 'calculator"').replace('inptu', 'input'));
    await s.change(uri, { text: text.getText() });
    await s.published(uri, (list) => !list.some((x) => /calculatr"|inptu/.test(x.message)));
  });

  test('deltas of semantic tokens make the tokens of the new text', async (t) => {
    const s = await connect(t);
    const uri = await s.open('a.lua', SCRIPT);
    let { data, resultId } = await s.ask('textDocument/semanticTokens/full', { textDocument: { uri } });
    for (const [line, text] of [[2, 'local new = calc\n'], [14, '  print(first)\n'], [0, '-- 🎈\n']]) {
      await s.change(uri, { range: { start: { line, character: 0 }, end: { line, character: 0 } }, text });
      const delta = await s.ask('textDocument/semanticTokens/full/delta', { textDocument: { uri }, previousResultId: resultId });
      for (const edit of [...delta.edits].sort((a, b) => b.start - a.start)) data.splice(edit.start, edit.deleteCount, ...(edit.data ?? []));
      const fresh = await s.ask('textDocument/semanticTokens/full', { textDocument: { uri } });
      assert.deepEqual(data, fresh.data);
      resultId = fresh.resultId;
    }
  });

  test('edits in characters beyond the basic plane are where the client makes them', async (t) => {
    const s = await connect(t);
    const uri = await s.open('a.lua', 'local s = "🎈"\r\nlocal n = 1\r\n');
    await s.change(
      uri,
      { range: { start: { line: 0, character: 13 }, end: { line: 0, character: 13 } }, text: '🎉é' },
      { range: { start: { line: 0, character: 11 }, end: { line: 0, character: 13 } }, text: '' },
      { range: { start: { line: 1, character: 6 }, end: { line: 1, character: 7 } }, text: 'number' },
    );
    assert.equal(s.documents.get(uri).getText(), 'local s = "🎉é"\r\nlocal number = 1\r\n');
    const names = (await s.ask('textDocument/documentSymbol', { textDocument: { uri } })).map((x) => [x.name, x.selectionRange.start, x.range.end]);
    assert.deepEqual(names.map((x) => x[0]), ['s', 'number']);
    assert.deepEqual(names[1][1], { line: 1, character: 6 });
  });

  test('positions are counted as was agreed', async (t) => {
    for (const [encoding, character] of [['utf-8', 15], ['utf-16', 13], ['utf-32', 12]]) {
      const s = await connect(t, { capabilities: { ...CAPABILITIES, general: { positionEncodings: [encoding] } } });
      assert.equal(s.server.capabilities.positionEncoding, encoding);
      // The client's own texts count in UTF-16: only the answer is looked at.
      const uri = s.uri('a.lua');
      await s.connection.sendNotification(P.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'lua', version: 1, text: 'x="🎈" local here = 1\n' } });
      const symbols = await s.ask('textDocument/documentSymbol', { textDocument: { uri } });
      assert.equal(symbols.find((x) => x.name === 'here').selectionRange.start.character, character, encoding);
    }
  });

  test('each request has one answer, cancelled or not, and faults have the right code', async (t) => {
    const s = await connect(t);
    const uri = await s.open('a.lua', 'local x = 1\n'.repeat(300));
    const answers = Array.from({ length: 300 }, (_, i) => {
      const source = new P.CancellationTokenSource();
      const answer = s.connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri } }, source.token);
      if (i % 2) source.cancel();
      return answer;
    });
    const settled = await deadline(Promise.allSettled(answers), 'answers to requests that are cancelled');
    for (const x of settled) {
      if (x.status === 'rejected') assert.equal(x.reason.code, P.LSPErrorCodes.RequestCancelled, x.reason.message);
      else some(x.value.slice(0, 1), P.DocumentSymbol.is, 'symbols');
    }
    assert.ok(settled.filter((x) => x.status === 'fulfilled').length >= 150, 'what is not cancelled is answered');
    await assert.rejects(s.ask('textDocument/nothing', {}), { code: P.ErrorCodes.MethodNotFound });
    await assert.rejects(s.ask('textDocument/hover', { textDocument: 3 }), { code: P.ErrorCodes.InvalidParams });
    assert.equal(await s.ask('textDocument/hover', { textDocument: { uri: s.uri('absent.lua') }, position: { line: 0, character: 0 } }), null);
  });

  test('findings are not pushed to a client that asks for them', async (t) => {
    const textDocument = { ...CAPABILITIES.textDocument, diagnostic: { dynamicRegistration: false, relatedDocumentSupport: true } };
    const s = await connect(t, { capabilities: { ...CAPABILITIES, textDocument } });
    const uri = await s.open('a.lua', 'local = 1\n');
    const report = await s.ask('textDocument/diagnostic', { textDocument: { uri } });
    some(report.items, P.Diagnostic.is, 'diagnostics');
    await s.change(uri, { text: 'local x = 1\nprint(x)\n' });
    assert.deepEqual((await s.ask('textDocument/diagnostic', { textDocument: { uri }, previousResultId: report.resultId })).items, []);
    assert.equal(s.findings.size, 0);
  });
});
