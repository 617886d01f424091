// What the language server knows, as it stands on the screen while one types.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { equals, until } from './lib/wait.mjs';

const SAVED = `--- Gives twice the number.
---@param number number
---@return number
local function twice(number)
  return number * 2
end

print(twice(4), twice(5))
local sum = Tool.execute("calculator", {input = "1 + 2"})
print(sum)
`;

export function language(code, screen, editor) {
  const { page } = screen;
  const suggestions = async () => (await page.locator('.suggest-widget.visible .monaco-list-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label'))));
  const offered = (name) => until(`${name} among the suggestions`, async () => (await suggestions()).some((label) => label === name || label?.startsWith(`${name},`) || label?.startsWith(`${name} `)));
  // take takes the suggestion that is marked, once it is the wanted one.
  const take = async (name) => {
    const focused = page.locator('.suggest-widget.visible .monaco-list-row.focused');
    await until(`${name} to be marked`, async () => (await focused.getAttribute('aria-label', { timeout: 5000 })).startsWith(name));
    await screen.press('Tab');
    await page.locator('.suggest-widget.visible').waitFor({ state: 'hidden' });
  };
  const line = (number, wanted) => until(`${wanted} in line ${number}`, async () => wanted.test(await editor.text(number)));

  return {
    'a script is opened': () => editor.open('shop.lua'),

    'hovering shows what a function is': async () => {
      assert.match(await editor.hover(8, 'double', '.monaco-hover', /Gives twice the number/), /number/);
      await editor.away();
    },

    'the name of a tool is completed': async () => {
      await editor.goto(9);
      await screen.type('local sum = Tool.execute("calc');
      await offered('calculator');
      await screen.shot('tool-name');
      await take('calculator');
      await line(9, /Tool\.execute\("calculator"\)$/);
    },

    'the parameters of the tool are completed': async () => {
      await screen.press('End', 'ArrowLeft');
      await screen.type(', {');
      await line(9, /"calculator", \{\}\)$/);
      await until('the parameters', async () => {
        if ((await suggestions()).length === 0) await screen.press('Control+Space');
        await page.locator('.suggest-widget.visible .monaco-list-row').first().waitFor({ timeout: 5000 });
        return true;
      });
      for (const name of ['operation', 'input', 'variables']) await offered(name);
      await until('what the tool does, above', async () => /Evaluates arithmetic/.test(await page.locator('.parameter-hints-widget.visible').innerText({ timeout: 5000 })));
      await screen.shot('tool-parameters');
      await screen.type('inp');
      await take('input');
      await screen.type('1 + 2'); // between the quotes that came with it
      await line(9, /input ?= ?"1 \+ 2"/);
      await equals('messages', () => screen.notices(), []);
    },

    'a mistake is underlined, listed, and explained': async () => {
      await screen.press('End', 'Enter');
      await screen.type('print(summ)');
      await page.locator('.editor-group-container.active .squiggly-warning, .editor-group-container.active .squiggly-error').first().waitFor();
      await screen.command('Problems: Focus on Problems View');
      await until('the finding in the list', async () => (await screen.rows('.markers-panel')).some((row) => /summ/.test(row) && /Ln 10/.test(row)));
      assert.match(await editor.hover(10, 'summ', '.monaco-hover', /llmspell/), /summ/);
      await screen.shot('finding');
      await editor.away();
    },

    'what was wrong is corrected, and the finding goes': async () => {
      await editor.goto(10, 10);
      await screen.press('Delete');
      await line(10, /print\(sum\)/);
      await until('an empty list', async () => (await screen.rows('.markers-panel')).length === 0);
      await screen.press('Control+j');
      await page.locator('.part.panel').waitFor({ state: 'hidden' });
    },

    'a function is renamed wherever it is used': async () => {
      await editor.goto(4, 17);
      await screen.press('F2');
      const field = page.locator('.rename-box input');
      await field.waitFor();
      await equals('the name to change', () => field.inputValue(), 'double');
      await field.fill('twice');
      await screen.press('Enter');
      await line(8, /twice\(.*4\), twice\(.*5\)/);
      await line(4, /function twice\(/);
    },

    'what is saved is what was written': async () => {
      await screen.press('Control+s');
      await equals('the file', () => readFileSync(code.file('shop.lua'), 'utf8').trimEnd(), SAVED.trimEnd());
    },
  };
}
