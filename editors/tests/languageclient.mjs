// A language client made of Microsoft's own packages, and guards for answers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import P from 'vscode-languageserver-protocol/node';
import { deadline, LLMSPELL } from './support.mjs';

export { P };

// What a modern editor says that it can do, but for textDocument.diagnostic: a client
// that asks for findings is not pushed any.
export const CAPABILITIES = {
  general: { positionEncodings: ['utf-16'] },
  window: { workDoneProgress: true, showDocument: { support: true } },
  workspace: {
    applyEdit: true,
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true, resourceOperations: ['rename'] },
    textDocumentContent: { dynamicRegistration: false },
    fileOperations: { willRename: true, didRename: true },
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, versionSupport: true, tagSupport: { valueSet: [1, 2] }, codeDescriptionSupport: true, dataSupport: true },
    completion: {
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        commitCharactersSupport: true,
        documentationFormat: ['markdown'],
        deprecatedSupport: true,
        preselectSupport: true,
        insertReplaceSupport: true,
        labelDetailsSupport: true,
        resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] },
      },
      completionList: { itemDefaults: ['commitCharacters', 'editRange', 'insertTextFormat', 'data'] },
    },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    signatureHelp: { signatureInformation: { documentationFormat: ['markdown'], parameterInformation: { labelOffsetSupport: true }, activeParameterSupport: true }, contextSupport: true },
    declaration: { linkSupport: true },
    definition: { linkSupport: true },
    typeDefinition: { linkSupport: true },
    implementation: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'refactor', 'source'] } },
      dataSupport: true,
      disabledSupport: true,
      isPreferredSupport: true,
      resolveSupport: { properties: ['edit'] },
    },
    rename: { prepareSupport: true },
    documentLink: { tooltipSupport: true },
    foldingRange: { foldingRange: { collapsedText: true } },
    semanticTokens: { requests: { range: true, full: { delta: true } }, tokenTypes: ['variable', 'function', 'parameter', 'property', 'method', 'keyword', 'string', 'comment'], tokenModifiers: ['declaration', 'readonly'], formats: ['relative'] },
    inlayHint: { resolveSupport: { properties: ['tooltip'] } },
    linkedEditingRange: {},
    callHierarchy: {},
    typeHierarchy: {},
    selectionRange: {},
    inlineValue: {},
  },
};

// folder makes a folder with files that the test may spoil.
export function folder(t, files = {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'llmspell-lsp-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(dir, name), text);
  return dir;
}

// Session is a client with documents, whose text it keeps as an editor does.
class Session {
  constructor(connection, dir, initialized) {
    this.connection = connection;
    this.dir = dir;
    this.server = initialized;
    this.documents = new Map(); // by URI
    this.findings = new Map(); // by URI: what was published last
    this.waiting = new Set();
    connection.onNotification(P.PublishDiagnosticsNotification.type, (p) => {
      assert.ok(P.DocumentUri.is(p.uri) && Array.isArray(p.diagnostics) && p.diagnostics.every(P.Diagnostic.is), JSON.stringify(p));
      this.findings.set(p.uri, p);
      for (const wake of this.waiting) wake();
    });
    connection.onRequest(P.WorkDoneProgressCreateRequest.type, () => null);
    for (const refresh of [P.InlayHintRefreshRequest, P.SemanticTokensRefreshRequest, P.CodeLensRefreshRequest, P.DiagnosticRefreshRequest, P.InlineValueRefreshRequest, P.FoldingRangeRefreshRequest]) {
      connection.onRequest(refresh.type, () => null);
    }
  }

  uri(name) {
    return pathToFileURL(path.join(this.dir, name)).href;
  }

  async open(name, text) {
    const uri = this.uri(name);
    this.documents.set(uri, P.TextDocument.create(uri, 'lua', 1, text));
    await this.connection.sendNotification(P.DidOpenTextDocumentNotification.type, { textDocument: { uri, languageId: 'lua', version: 1, text } });
    return uri;
  }

  async close(uri) {
    this.documents.delete(uri);
    await this.connection.sendNotification(P.DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  // change makes edits, each in the text that the one before has left.
  async change(uri, ...contentChanges) {
    const doc = this.documents.get(uri);
    const next = P.TextDocument.create(uri, 'lua', doc.version + 1, contentChanges.reduce(
      (text, c) => {
        const before = P.TextDocument.create(uri, 'lua', 0, text);
        return c.range ? text.slice(0, before.offsetAt(c.range.start)) + c.text + text.slice(before.offsetAt(c.range.end)) : c.text;
      }, doc.getText()));
    this.documents.set(uri, next);
    await this.connection.sendNotification(P.DidChangeTextDocumentNotification.type, { textDocument: { uri, version: next.version }, contentChanges });
  }

  // at is the position behind a piece of a document's text, so many characters on.
  at(uri, piece, more = 0) {
    const doc = this.documents.get(uri);
    const i = doc.getText().indexOf(piece);
    assert.ok(i >= 0, `${uri} has no ${piece}`);
    return doc.positionAt(i + piece.length + more);
  }

  // ask sends a request. All ranges in the answer must be in their documents.
  async ask(method, params) {
    const answer = await deadline(this.connection.sendRequest(method, params), `the answer to ${method}`);
    this.ranges(answer, params?.textDocument?.uri);
    return answer;
  }

  ranges(value, uri) {
    if (value === null || typeof value !== 'object') return;
    if (value.start !== undefined && value.end !== undefined) {
      assert.ok(P.Range.is(value), `a range: ${JSON.stringify(value)}`);
      const doc = this.documents.get(uri);
      for (const p of [value.start, value.end]) {
        if (doc) assert.deepEqual(doc.positionAt(doc.offsetAt(p)), { line: p.line, character: p.character }, `a place in ${uri}`);
      }
      assert.ok(value.start.line < value.end.line || (value.start.line === value.end.line && value.start.character <= value.end.character), JSON.stringify(value));
      return;
    }
    const of = value.targetUri ?? value.uri ?? value.textDocument?.uri ?? uri;
    for (const [key, v] of Object.entries(value)) {
      if (key === 'originSelectionRange' || key === 'fromRanges') this.ranges(v, uri);
      else if (key === 'changes' && !Array.isArray(v)) for (const [u, edits] of Object.entries(v)) this.ranges(edits, u);
      else this.ranges(v, of);
    }
  }

  // published waits for findings of a document's newest text that please.
  published(uri, pleases) {
    const done = () => {
      const p = this.findings.get(uri);
      return p?.version === this.documents.get(uri).version && pleases(p.diagnostics) ? p.diagnostics : undefined;
    };
    return deadline(
      new Promise((resolve) => {
        const wake = () => {
          const found = done();
          if (found) {
            this.waiting.delete(wake);
            resolve(found);
          }
        };
        this.waiting.add(wake);
        wake();
      }),
      `findings of ${uri}`,
    );
  }
}

// connect starts the language server on stdin and stdout, for a folder. However the
// test ends, the server must then end by itself with exit code 0.
export async function connect(t, { dir = folder(t), capabilities = CAPABILITIES, options } = {}) {
  const child = spawn(LLMSPELL, ['lsp', '--stdio'], { stdio: 'pipe', cwd: dir });
  const exited = new Promise((resolve) => child.on('close', resolve));
  let complaints = '';
  child.stderr.on('data', (data) => (complaints += data));
  child.stdin.on('error', () => {});
  const connection = P.createProtocolConnection(new P.StreamMessageReader(child.stdout), new P.StreamMessageWriter(child.stdin));
  connection.listen();
  t.after(async () => {
    try {
      assert.equal(await deadline(connection.sendRequest(P.ShutdownRequest.type), 'the answer to shutdown'), null);
      await assert.rejects(deadline(connection.sendRequest('textDocument/hover', {}), 'an answer after shutdown'), { code: P.ErrorCodes.InvalidRequest });
      await connection.sendNotification(P.ExitNotification.type);
      assert.equal(await deadline(exited, 'the end of llmspell lsp after exit'), 0, `exit code; stderr: ${complaints}`);
      assert.doesNotMatch(complaints, /panic|\terror\t/);
    } finally {
      connection.dispose();
      child.kill('SIGKILL');
    }
  });
  const root = pathToFileURL(dir).href;
  const initialized = await deadline(
    connection.sendRequest(P.InitializeRequest.type, {
      processId: process.pid,
      clientInfo: { name: 'vscode-languageserver-protocol' },
      rootUri: root,
      workspaceFolders: [{ uri: root, name: 'work' }],
      capabilities,
      initializationOptions: options,
    }),
    'the answer to initialize',
  );
  const session = new Session(connection, dir, initialized);
  await connection.sendNotification(P.InitializedNotification.type, {});
  return session;
}
