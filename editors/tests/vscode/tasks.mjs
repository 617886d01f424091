// The task that checks the workspace, and what its problem matcher makes of it.
import assert from 'node:assert/strict';
import { Terminal } from './lib/terminal.mjs';
import { until } from './lib/wait.mjs';

export function tasks(code, screen, editor) {
  const { page } = screen;
  const shell = new Terminal(screen);
  const problems = () => screen.rows('.markers-panel');
  return {
    'the task is offered, and runs': async () => {
      await screen.command('Tasks: Run Task');
      await screen.pick('llmspell');
      await screen.pick('llmspell: check');
      await until('what it prints', async () => /stock\.lua:2:7: warning: .*stcok/.test((await shell.text()).replaceAll('\n', '')));
    },

    'what it finds is in the list of problems': async () => {
      await screen.command('Problems: Focus on Problems View');
      await until('the findings', async () => (await problems()).some((row) => /stcok.*undefined-global.*Ln 2, Col 7/.test(row)) && (await problems()).some((row) => /stock is never used.*unused-local.*Ln 1, Col 7/.test(row)));
      assert.deepEqual((await problems()).filter((row) => /\.lua/.test(row)).map((row) => row.split(' ')[0]), ['stock.lua'], 'the files');
      await screen.shot('problems');
    },

    'a problem leads to its line': async () => {
      await page.locator('.markers-panel .monaco-list-row', { hasText: 'stcok' }).first().dblclick();
      await page.locator('.tabs-container .tab.active[data-resource-name="stock.lua"]').waitFor();
      await until('the cursor at the problem', async () => {
        const cursor = await editor.cursor();
        return cursor?.line === 2 && cursor.column === 7;
      });
    },

    'what is open is told once, by the language server': async () => {
      await until('one row for the finding', async () => (await problems()).filter((row) => /stcok/.test(row)).length === 1);
      await screen.press('Control+j');
      await page.locator('.part.panel').waitFor({ state: 'hidden' });
    },
  };
}
