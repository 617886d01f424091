// A debug session as a user has it: keys, the mouse, and what stands on the screen.
import assert from 'node:assert/strict';
import { Debugging } from './lib/debugging.mjs';
import { flat } from './lib/screen.mjs';
import { equals, until } from './lib/wait.mjs';

export function debugging(code, screen, editor) {
  const debug = new Debugging(screen, editor);
  const { page } = screen;
  const frames = async () => (await debug.stack()).filter((row) => row.includes('basket.lua'));
  return {
    'a script is opened': () => editor.open('basket.lua'),

    'F9 sets a breakpoint': async () => {
      await debug.toggle(4);
      assert.equal(await editor.lineAt('.glyph-margin-widgets .codicon-debug-breakpoint'), 4, 'the line beside which the red dot is');
    },

    'F5 without launch.json stops there, on a yellow line': async () => {
      await screen.press('F5');
      await debug.stopped(4);
      const [red, green, blue] = await debug.yellow();
      assert.ok(red > 200 && green > 200 && blue < 100, `the colour behind the line is yellow: ${red} ${green} ${blue}`);
    },

    'the call stack is right': async () => {
      await equals('the frames', async () => (await frames()).map((row) => row.replace(/^(.*) basket\.lua.*?(\d+)(:\d+)?$/, '$1 $2')), ['taxed 4', 'main chunk 11']);
    },

    'the variables are right': async () => {
      await screen.fold('Watch');
      await debug.unfold('Locals');
      await equals('price', () => debug.value('price'), '2');
      await equals('rate', () => debug.value('rate'), '0.5');
      await equals('added', () => debug.value('added'), '1');
    },

    'values stand in the lines': async () => {
      await until('price and added behind the lines', async () => /added = 1/.test(await editor.text(3)) && /price = 2/.test(await editor.text(3)));
    },

    'hovering shows a value': async () => {
      assert.equal(await editor.hover(4, 'added', '.debug-hover-widget', /1/), '1');
      await editor.away();
      await screen.shot('stopped');
    },

    'stepping out and over': async () => {
      await screen.press('Shift+F11');
      await debug.stopped(9);
      await equals('the frames', async () => (await frames()).length, 1);
      await equals('what was returned', () => debug.value('\\(taxed returned\\)'), '3');
      await screen.press('F10');
      await debug.stopped(10);
      await equals('total', () => debug.value('total'), '3');
      await until('the value of now behind its line', async () => /total = 3/.test(await editor.text(8)));
      await screen.shot('stepped');
    },

    'a conditional and a log breakpoint': async () => {
      await debug.toggle(4);
      await debug.special(11, 'Debug: Add Conditional Breakpoint...', 'i == 3');
      await debug.special(13, 'Debug: Add Logpoint...', 'so far {total} for {#prices}');
      await screen.press('F5');
      await debug.stopped(11);
      await equals('i', () => debug.value('i'), '3');
      await equals('total', () => debug.value('total'), '9');
    },

    'a variable is changed': async () => {
      await debug.assign('total', '100');
      await equals('total', () => debug.value('total'), '100');
      await until('the new value behind its line', async () => /total = 100/.test(await editor.text(8)));
      await screen.shot('changed');
    },

    'an error stops, and says what it is': async () => {
      await screen.press('F5');
      await debug.stopped(16);
      const widget = page.locator('.exception-widget');
      await widget.waitFor();
      assert.match(flat(await widget.innerText()), /the till is empty/);
    },

    'the debug console shows what was printed and logged': async () => {
      await screen.command('Debug Console: Focus on Debug Console View');
      await until('the output', async () => {
        const text = (await debug.console()).join('\n');
        return /so far 109 for 3/.test(text) && /total: 109/.test(text) && /sold at corner/.test(text);
      });
      await screen.shot('error');
    },

    'restart begins anew': async () => {
      await screen.press('Control+Shift+F5');
      await debug.stopped(11);
      await equals('i', () => debug.value('i'), '3');
      await equals('total', () => debug.value('total'), '9');
    },

    'the end': async () => {
      await screen.press('F5');
      await debug.stopped(16);
      await screen.press('F5');
      await debug.ended();
      await until('the second output', async () => /total: 18/.test((await debug.console()).join('\n')));
      await screen.shot('ended');
      await screen.press('Control+j');
      await page.locator('.part.panel').waitFor({ state: 'hidden' });
    },
  };
}
