import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { LuaCursor } from '../../src/views/luaCursor';
import * as stub from '../vscode';

beforeEach(() => stub.reset());

function editor(text: string, line: number, character: number, languageId = 'lua') {
  const inserted: string[] = [];
  const lines = text.split('\n');
  const document = { languageId, isClosed: false, lineCount: lines.length, lineAt: (n: number) => ({ text: lines[n] ?? '' }) };
  const at = new stub.Position(line, character);
  return { document, selection: new stub.Selection(at, at), viewColumn: 1, inserted, insertSnippet: async (snippet: { value: string }) => inserted.push(snippet.value) > 0 };
}

test('a call goes to where the cursor was last in a Lua file', async () => {
  const lua = editor('local x = 1\n  \nprint()', 1, 2);
  Object.assign(stub.window, { activeTextEditor: lua, showTextDocument: async () => lua });
  const cursor = new LuaCursor();
  stub.window.onDidChangeActiveTextEditor.fire(undefined); // a form has the focus
  stub.window.onDidChangeActiveTextEditor.fire(editor('{}', 0, 0, 'json'));
  const snippet = (alone: boolean) => (alone ? 'statement' : 'expression');
  assert.equal(await cursor.insert(snippet), true);
  const within = editor('local x = ', 0, 10);
  Object.assign(stub.window, { showTextDocument: async () => within });
  stub.window.onDidChangeActiveTextEditor.fire(within);
  await cursor.insert(snippet);
  assert.deepEqual([lua.inserted, within.inserted], [['statement'], ['expression']]);
  within.document.isClosed = true;
  assert.equal(await cursor.insert(snippet), false);
  cursor.dispose();
});
