// The view of tools: one is invoked with its form, and its call is inserted into a script.
import assert from 'node:assert/strict';
import { flat } from './lib/screen.mjs';
import { until } from './lib/wait.mjs';

export function tools(code, screen, editor) {
  const { page } = screen;
  const row = (name) => page.locator(`.part.sidebar .monaco-list-row[aria-label^="${name}"]`).first();
  const form = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');

  return {
    'the view lists the tools by category': async () => {
      await page.locator('.activitybar .action-label[aria-label="llmspell"]').click();
      await screen.fold('Kernels and Sessions');
      await until('the category to be open', async () => {
        if ((await row('Utilities').getAttribute('aria-expanded')) === 'true') return true;
        await row('Utilities').click();
        return false;
      });
      await row('calculator').waitFor();
    },

    'a tool has a form made of its parameters': async () => {
      await row('calculator').click();
      await form.locator('h1').waitFor();
      assert.equal(flat(await form.locator('h1').innerText()), 'calculator');
      assert.deepEqual(await form.locator('.field').evaluateAll((fields) => fields.map((field) => field.dataset.field).sort()), ['input', 'operation', 'variables']);
      assert.deepEqual(await form.locator('#field-operation option').evaluateAll((options) => options.map((o) => o.value).filter(Boolean)), ['evaluate', 'validate', 'functions']);
    },

    'what is wrong is said at its field': async () => {
      await form.locator('#field-input').fill('width * 3');
      await form.locator('#field-variables').fill('{"width": ');
      await form.locator('#invoke').click();
      await until('the mistake at its field', async () => /\S/.test(await form.locator('#field-variables-error').innerText()));
    },

    'the tool is invoked': async () => {
      await form.locator('#field-variables').fill('{"width": 14}');
      await form.locator('#invoke').click();
      await until('the result', async () => /42/.test(await form.locator('#result').innerText()));
      await screen.shot('tools');
    },
  };
}
