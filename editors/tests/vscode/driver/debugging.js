// The debugger, through vscode.debug and the protocol's own requests.
const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const vscode = require('vscode');
const { until, within } = require('./wait');

// Lines of basket.lua, from 0 as the editor counts.
const RETURN = 3;
const SUM = 10;
const REPORT = 12;
const FAILURE = 15;

exports.debugging = () => {
  const { commands, debug } = vscode;
  const folder = () => vscode.workspace.workspaceFolders[0];
  const uri = () => vscode.Uri.joinPath(folder().uri, 'basket.lua');
  const at = (line, where = uri()) => new vscode.Location(where, new vscode.Position(line, 0));
  const running = new Events();
  const ask = (command, args) => within(debug.activeDebugSession.customRequest(command, args), `the answer to ${command}`);

  // The frame at the top once the editor shows a stop of this session at a line, counted from 1.
  const stoppedAt = async (line, reason) => {
    const stop = await within(running.next('stopped'), `a stop in line ${line}`);
    if (reason) assert.equal(stop.reason, reason);
    const { stackFrames } = await ask('stackTrace', { threadId: stop.threadId, levels: 20 });
    assert.equal(stackFrames[0].line, line);
    // Commands act on the frame that the editor has, and it asks for the stack itself: wait for the cursor in the line.
    await until('the editor to show the stop', () => debug.activeStackItem instanceof vscode.DebugStackFrame && vscode.window.activeTextEditor?.selection.active.line === line - 1);
    return { stop, frames: stackFrames, frame: stackFrames[0] };
  };
  const variables = async (frame) => {
    const { scopes } = await ask('scopes', { frameId: frame.id });
    const reference = scopes.find((scope) => scope.name === 'Locals').variablesReference;
    const all = (await ask('variables', { variablesReference: reference })).variables;
    return { reference, values: Object.fromEntries(all.map((variable) => [variable.name, variable.value])) };
  };
  const resume = (command) => commands.executeCommand(`workbench.action.debug.${command}`);
  const breakpoints = (...list) => {
    debug.removeBreakpoints(debug.breakpoints);
    debug.addBreakpoints(list);
  };
  const start = async (config) => {
    running.clear();
    assert.ok(await within(debug.startDebugging(folder(), { type: 'llmspell', request: 'launch', name: 'basket', program: uri().fsPath, ...config }), 'the start'));
  };
  const end = async () => {
    await within(running.next('ended'), 'the end of the session');
    await until('no session', () => debug.activeDebugSession === undefined);
  };

  let here;
  return {
    'a breakpoint stops, the stack and the variables are right': async () => {
      running.follow();
      breakpoints(new vscode.SourceBreakpoint(at(RETURN)));
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri()));
      await start({});
      here = await stoppedAt(4, 'breakpoint');
      assert.deepEqual(here.frames.map((frame) => [frame.name, frame.line]), [['taxed', 4], ['main chunk', 11]]);
      assert.deepEqual((await variables(here.frame)).values, { price: '2', rate: '0.5', added: '1' });
    },

    'inline values come from the server': async () => {
      const stopped = document().lineAt(RETURN).range;
      const values = await commands.executeCommand('vscode.executeInlineValueProvider', uri(), document().validateRange(new vscode.Range(0, 0, 99, 0)), { frameId: here.frame.id, stoppedLocation: stopped });
      const named = values.map((value) => value.variableName ?? value.expression ?? value.text);
      for (const name of ['price', 'rate', 'added']) assert.ok(named.some((text) => text?.includes(name)), `${name} in ${JSON.stringify(values)}`);
      assert.ok(values.every((value) => value.range.start.line <= RETURN), 'none below the stop');
    },

    'hover and console evaluate': async () => {
      for (const context of ['hover', 'watch', 'repl']) {
        assert.equal((await ask('evaluate', { expression: 'price + added', frameId: here.frame.id, context })).result, '3');
      }
    },

    'steps over, into and out': async () => {
      await resume('stepOut');
      await stoppedAt(9, 'step');
      await resume('stepOver');
      await stoppedAt(10, 'step');
      await resume('stepOver');
      here = await stoppedAt(11, 'step');
      breakpoints();
      await resume('stepInto');
      await stoppedAt(3, 'step');
      await resume('stepOut');
      here = await stoppedAt(9, 'step');
      assert.equal((await variables(here.frame)).values.total, '9');
    },

    'a conditional and a log breakpoint': async () => {
      breakpoints(
        new vscode.SourceBreakpoint(at(SUM), true, 'price == 6'),
        new vscode.SourceBreakpoint(at(REPORT), true, undefined, undefined, 'so far {total}'),
      );
      await resume('continue');
      here = await stoppedAt(11, 'breakpoint');
      assert.equal((await variables(here.frame)).values.i, '3');
    },

    'a variable is changed': async () => {
      const { reference } = await variables(here.frame);
      assert.equal((await ask('setVariable', { variablesReference: reference, name: 'total', value: '50 * 2' })).value, '100');
      assert.equal((await variables(here.frame)).values.total, '100');
    },

    'an error stops, and explains itself': async () => {
      await resume('continue');
      const { stop } = await stoppedAt(FAILURE + 1, 'exception');
      const info = await ask('exceptionInfo', { threadId: stop.threadId });
      assert.match(info.description, /the till is empty/);
      const text = running.output();
      assert.match(text, /so far 109/);
      assert.match(text, /total: 109/);
    },

    'restart begins anew': async () => {
      await resume('restart');
      here = await stoppedAt(11, 'breakpoint');
      assert.equal((await variables(here.frame)).values.total, '9');
      breakpoints();
      await resume('stop');
      await end();
    },

    'a breakpoint with a hit count': async () => {
      breakpoints(new vscode.SourceBreakpoint(at(RETURN), true, undefined, '>= 2'));
      await start({});
      for (const price of ['4', '6']) {
        here = await stoppedAt(4, 'breakpoint');
        assert.equal((await variables(here.frame)).values.price, price);
        if (price === '4') await resume('continue');
      }
      await resume('stop');
      await end();
    },

    'a function breakpoint': async () => {
      breakpoints(new vscode.FunctionBreakpoint('taxed'));
      await start({ stopOnEntry: true });
      await stoppedAt(5, 'entry'); // a function is made at its end, as in PUC Lua
      await resume('continue');
      await stoppedAt(3, 'function breakpoint');
      breakpoints();
      await resume('stop');
      await end();
    },

    'running without debugging prints, and ends': async () => {
      running.clear();
      await debug.startDebugging(folder(), { type: 'llmspell', request: 'launch', name: 'basket', program: uri().fsPath }, { noDebug: true });
      await end();
      assert.match(running.output(), /total: 18/);
    },

    'F5 with a text that was never saved': async () => {
      const untitled = await vscode.workspace.openTextDocument({ language: 'lua', content: 'local words = { "from", "nowhere" }\nprint(table.concat(words, " "))\n' });
      await vscode.window.showTextDocument(untitled);
      breakpoints(new vscode.SourceBreakpoint(at(1, untitled.uri)));
      running.clear();
      await commands.executeCommand('workbench.action.debug.start');
      here = await stoppedAt(2, 'breakpoint');
      assert.ok(vscode.window.activeTextEditor.document === untitled, `the stop is shown in the text itself, not in ${vscode.window.activeTextEditor.document.uri}`);
      assert.match((await variables(here.frame)).values.words, /from/);
      breakpoints();
      await resume('continue');
      await end();
      assert.match(running.output(), /from nowhere/);
      await commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    },

    'an adapter that dies ends the session': async () => {
      breakpoints(new vscode.SourceBreakpoint(at(RETURN)));
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri()));
      await start({});
      await stoppedAt(4, 'breakpoint');
      const adapters = processes('dap');
      assert.equal(adapters.length, 1, `adapters: ${adapters}`);
      process.kill(adapters[0], 'SIGKILL');
      await end();
      breakpoints();
      await until('the adapter to be gone', () => processes('dap').length === 0);
    },
  };

  function document() {
    return vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri().toString());
  }
};

// Events are the adapter's, in their order, to be waited for one by one.
class Events {
  #waiting = new Map();
  #seen = [];
  #printed = [];

  follow() {
    vscode.debug.registerDebugAdapterTrackerFactory('llmspell', {
      createDebugAdapterTracker: () => ({
        onDidSendMessage: (message) => {
          if (message.type !== 'event') return;
          if (message.event === 'output') this.#printed.push(message.body.output);
          if (message.event === 'stopped') this.#put('stopped', message.body);
        },
      }),
    });
    vscode.debug.onDidTerminateDebugSession(() => this.#put('ended', {}));
  }

  // next is the next event of a kind, which may have come already.
  next(kind) {
    const at = this.#seen.findIndex((event) => event.kind === kind);
    if (at >= 0) return Promise.resolve(this.#seen.splice(at, 1)[0].body);
    return new Promise((resolve) => this.#waiting.set(kind, resolve));
  }

  clear() {
    this.#seen = [];
    this.#printed = [];
  }

  output() {
    return this.#printed.join('');
  }

  #put(kind, body) {
    const resolve = this.#waiting.get(kind);
    this.#waiting.delete(kind);
    if (resolve) resolve(body);
    else this.#seen.push({ kind, body });
  }
}

// processes are those of llmspell with a subcommand which this extension host has started.
function processes(command) {
  const found = [];
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))[1]);
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (parent === process.pid && words[0].endsWith('llmspell') && words.includes(command)) found.push(Number(pid));
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
