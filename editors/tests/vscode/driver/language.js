// The language server's features, as the editor's own commands give them.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { until } = require('./wait');

exports.language = (results) => {
  const { commands, languages, workspace } = vscode;
  const uri = () => vscode.Uri.joinPath(workspace.workspaceFolders[0].uri, 'words.lua');
  let document;
  // The place behind a text of the document.
  const behind = (text) => {
    const at = document.getText().indexOf(text);
    assert.ok(at >= 0, `${text} in the document`);
    return document.positionAt(at + text.length);
  };
  const markdown = (contents) => contents.map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
  const label = (item) => (typeof item.label === 'string' ? item.label : item.label.label);

  return {
    'the extension activates': async () => {
      const extension = vscode.extensions.getExtension('llmspell.llmspell');
      assert.ok(extension, 'it is installed');
      const start = performance.now();
      await extension.activate();
      results.activation = `${Math.round(performance.now() - start)} ms to load and activate`;
    },

    'a file is opened, and the server answers': async () => {
      document = await workspace.openTextDocument(uri());
      await vscode.window.showTextDocument(document);
      assert.equal(document.languageId, 'lua');
      await until('symbols', async () => (await commands.executeCommand('vscode.executeDocumentSymbolProvider', uri()))?.some((symbol) => symbol.name === 'greet'));
    },

    'completion of a tool name': async () => {
      const list = await commands.executeCommand('vscode.executeCompletionItemProvider', uri(), behind('Tool.execute("calc'));
      assert.ok(list.items.some((item) => label(item) === 'calculator'), list.items.map(label).join(' '));
    },

    'completion of its parameters': async () => {
      const list = await commands.executeCommand('vscode.executeCompletionItemProvider', uri(), behind('Tool.execute("calculator", { '), undefined, 50);
      const found = list.items.map(label);
      for (const name of ['input', 'operation', 'variables']) assert.ok(found.includes(name), `${name} in ${found.join(' ')}`);
      assert.match(markdown([list.items[found.indexOf('input')].documentation ?? '']), /expression/i);
    },

    'hover': async () => {
      const hovers = await commands.executeCommand('vscode.executeHoverProvider', uri(), behind('print(gre'));
      assert.match(hovers.map((hover) => markdown(hover.contents)).join('\n'), /Greets a person/);
    },

    'signature help': async () => {
      const help = await commands.executeCommand('vscode.executeSignatureHelpProvider', uri(), behind('print(greet('), '(');
      assert.match(help.signatures[0].label, /greet\(name: string\)/);
      assert.equal(help.activeParameter, 0);
    },

    'definition and references': async () => {
      const [place] = await commands.executeCommand('vscode.executeDefinitionProvider', uri(), behind('print(gre'));
      assert.equal((place.targetRange ?? place.range).start.line, 3);
      const references = await commands.executeCommand('vscode.executeReferenceProvider', uri(), behind('print(gre'));
      assert.deepEqual(references.map((reference) => reference.range.start.line).sort((a, b) => a - b), [3, 7, 8]);
    },

    'code lenses run and debug': async () => {
      const lenses = await until('lenses', async () => {
        const found = await commands.executeCommand('vscode.executeCodeLensProvider', uri(), 50);
        return found?.length > 0 && found;
      });
      const known = await commands.getCommands(true);
      for (const name of ['llmspell.run', 'llmspell.debug']) {
        assert.ok(lenses.some((lens) => lens.command?.command === name), `${name} in ${JSON.stringify(lenses.map((lens) => lens.command))}`);
        assert.ok(known.includes(name), `the command ${name}`);
      }
    },

    'diagnostics, and their fix': async () => {
      const finding = await until('the finding', () => languages.getDiagnostics(uri()).find((found) => /nmae/.test(found.message)));
      assert.equal(finding.source, 'llmspell');
      assert.equal(finding.range.start.line, 8);
      const actions = await commands.executeCommand('vscode.executeCodeActionProvider', uri(), finding.range, vscode.CodeActionKind.QuickFix.value, 10);
      const fix = actions.find((action) => action.edit && action.title === 'Change to name');
      assert.ok(fix, actions.map((action) => action.title).join(', '));
      assert.ok(await workspace.applyEdit(fix.edit));
      await until('no such finding', () => !languages.getDiagnostics(uri()).some((found) => /nmae/.test(found.message)));
      assert.match(document.lineAt(8).text, /greet\(name\)/);
    },

    'rename': async () => {
      const edit = await commands.executeCommand('vscode.executeDocumentRenameProvider', uri(), behind('print(gre'), 'welcome');
      assert.ok(await workspace.applyEdit(edit));
      assert.equal(document.getText().match(/\bwelcome\b/g)?.length, 3, document.getText());
      assert.ok(!/\bgreet\b/.test(document.getText()));
    },

    'formatting': async () => {
      const edits = await commands.executeCommand('vscode.executeFormatDocumentProvider', uri(), { tabSize: 2, insertSpaces: true });
      const all = new vscode.WorkspaceEdit();
      all.set(uri(), edits);
      assert.ok(await workspace.applyEdit(all));
      assert.match(document.getText(), /^local name = "you"$/m);
      assert.ok(await document.save());
    },
  };
};
