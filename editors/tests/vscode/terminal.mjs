// The terminal profile in which `llmspell run` attaches the debugger by itself.
import assert from 'node:assert/strict';
import { Debugging } from './lib/debugging.mjs';
import { Terminal } from './lib/terminal.mjs';
import { equals, until } from './lib/wait.mjs';

export function terminal(code, screen, editor) {
  const debug = new Debugging(screen, editor);
  const shell = new Terminal(screen);
  return {
    'a breakpoint is set': async () => {
      await editor.open('basket.lua');
      await debug.toggle(4);
    },

    'a debug terminal is opened': async () => {
      await shell.open('llmspell Debug Terminal');
      await until('what the terminal is for', async () => /llmspell run SCRIPT attaches the debugger/.test(await shell.text()));
    },

    'llmspell run there stops at the breakpoint': async () => {
      await shell.run('llmspell run basket.lua');
      await debug.stopped(4);
      await debug.unfold('Locals');
      await equals('added', () => debug.value('added'), '1');
      await screen.shot('terminal');
    },

    'it goes on, and prints in the terminal': async () => {
      await debug.toggle(4);
      await screen.press('F5');
      await debug.stopped(16); // the error
      await screen.press('F5');
      await debug.ended();
      await until('what the script has printed', async () => /total: 18\n/.test(await shell.text()) && /basket\.lua:16: the till is empty/.test(await shell.text()));
      await shell.ready();
      assert.deepEqual(await screen.notices(), [], 'messages');
    },

    'the terminal is closed': async () => {
      await shell.run('exit 0');
      await screen.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
    },
  };
}
