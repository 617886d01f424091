// The Test Explorer: the tests of a file are listed, run, debugged and covered.
import assert from 'node:assert/strict';
import { Debugging } from './lib/debugging.mjs';
import { flat } from './lib/screen.mjs';
import { equals, until } from './lib/wait.mjs';

export function testing(code, screen, editor) {
  const { page } = screen;
  const debug = new Debugging(screen, editor);
  const labels = () => page.locator('.test-explorer .monaco-list-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label')));
  // Each test with its state: "test_sum (Passed)".
  const states = async () => (await labels()).map((label) => /(test_\w+(?:\.lua)?) \((.*?)[,)]/.exec(label)?.slice(1).join(': ')).filter((state) => state?.startsWith('test_'));
  // message waits for what is wrong, behind the line where the error was raised.
  const message = async () => {
    const widget = page.locator('.editor-group-container.active .test-error-content-widget').first();
    await until('the message at its line', async () => /^prices_test\.lua:9: ten per cent less$/.test(flat(await widget.innerText({ timeout: 5000 }))));
    await equals('the line of the message', () => editor.lineAt('.test-error-content-widget'), 9);
  };
  return {
    'the tests are listed': async () => {
      await screen.command('Testing: Focus on Test Explorer View');
      await until('the tests of the file', async () => {
        const rows = await labels();
        if (rows.some((label) => /test_discount/.test(label))) return true;
        await page.locator('.test-explorer .monaco-list-row', { hasText: 'prices_test.lua' }).locator('.monaco-tl-twistie').click({ timeout: 5000 });
        return false;
      });
      await equals('the tests', states, ['test_sum: Not yet run', 'test_discount: Not yet run']);
    },

    'one passes, one fails': async () => {
      await editor.open('prices_test.lua');
      await screen.command('Testing: Focus on Test Explorer View');
      await screen.command('Test: Run All Tests');
      await equals('the tests', states, ['test_sum: Passed', 'test_discount: Failed']);
    },

    'the message stands at the line': async () => {
      await message();
      await screen.shot('tests');
    },

    'debugging a test stops at a breakpoint': async () => {
      await debug.toggle(8);
      await screen.command('Test: Debug Test at Cursor');
      await debug.stopped(8);
      await screen.press('F11');
      await page.locator('.tabs-container .tab.active[data-resource-name="prices.lua"]').waitFor();
      await debug.stopped(12);
      await debug.unfold('Locals');
      await equals('price', () => debug.value('price'), '100');
    },

    'the test that is debugged has a result': async () => {
      await screen.press('F5');
      await debug.stopped(9); // the error
      await screen.press('F5');
      await debug.ended();
      await debug.toggle(8);
      await message();
    },

    'what has run is marked in the gutter': async () => {
      await editor.open('prices.lua');
      await screen.command('Test: Run All Tests with Coverage');
      await until('marks for what has run', async () => (await marked('hit')).includes(13));
      assert.deepEqual(await marked('hit'), [1, 3, 4, 5, 6, 8, 9, 11, 12, 13, 16, 18]);
      assert.deepEqual(await marked('miss'), [15]);
    },

    'the share of it is told': async () => {
      await until('the share beside the file', async () => (await screen.rows('.explorer-folders-view')).some((row) => /^prices\.lua 9\d%/.test(row)));
      await screen.shot('coverage');
    },
  };

  // marked tells beside which lines the gutter says that they have run ("hit") or not ("miss").
  function marked(kind) {
    return page.evaluate((kind) => {
      const editor = document.querySelector('.editor-group-container.active .monaco-editor');
      const lines = [...editor.querySelectorAll('.line-numbers')].map((number) => ({ line: Number(number.textContent), box: number.getBoundingClientRect() }));
      const found = [...editor.querySelectorAll(`.coverage-deco-gutter.coverage-deco-${kind}`)].map((mark) => {
        const box = mark.getBoundingClientRect();
        const middle = box.top + box.height / 2;
        return lines.find((one) => one.box.top <= middle && middle <= one.box.bottom)?.line;
      });
      return [...new Set(found)].sort((a, b) => a - b);
    }, kind);
  }
}
