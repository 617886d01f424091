// The same within VS Code's extension host, through the API: an extension of the tests' own drives it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Code } from './lib/code.mjs';
import { marked } from './lib/processes.mjs';
import { open } from './lib/screen.mjs';
import { evidence } from './lib/steps.mjs';
import { until } from './lib/wait.mjs';

const script = (name) => readFileSync(path.join(import.meta.dirname, 'scripts', name), 'utf8');

test('in the extension host', { timeout: 1_800_000 }, async (t) => {
  const code = await Code.start({
    vsix: [process.env.LLMSPELL_VSIX],
    extensions: [path.join(import.meta.dirname, 'driver')],
    files: { 'basket.lua': script('basket.lua'), 'words.lua': script('words.lua') },
  });
  t.after(() => code.stop());
  const screen = await open(code, 'api');
  t.after(() => screen.close());

  const read = () => (existsSync(code.results) ? JSON.parse(readFileSync(code.results, 'utf8')) : undefined);
  // What a step waits for has a limit of its own. This one tells that the extension host is dead.
  let results;
  for (let seen = -1; !results?.done; seen = results.steps.length) {
    results = await until(`a step after ${JSON.stringify(results?.steps.at(-1))}`, () => {
      const now = read();
      return now && (now.done || now.steps.length > seen) && now;
    }, 300_000);
  }
  t.diagnostic(`VS Code ${results.version}; the extension: ${results.activation}`);
  for (const step of results.steps) {
    await t.test(step.name, () => {
      if (step.error) throw new Error(step.error);
    });
  }
  if (results.steps.some((step) => step.error)) {
    await evidence('api', code, screen);
    return;
  }

  await t.test('the message about an adapter that died has a button to the log', async () => {
    await until('the message', async () => (await screen.notices()).some((text) => /debugger|adapter/i.test(text)));
    await screen.page.locator('.notifications-toasts .monaco-button, .notifications-toasts .notification-list-item-buttons-container a').filter({ hasText: /log/i }).first().waitFor();
    await screen.shot('crash');
    assert.deepEqual((await screen.notices()).filter((text) => !/adapter/.test(text)), [], 'other messages');
  });

  await t.test('no process is left when the window closes', async () => {
    const mine = () => marked(code.mark).filter(({ command }) => /(^|\/)llmspell /.test(command));
    assert.ok(mine().length > 0, 'the language server runs');
    await screen.page.close({ runBeforeUnload: true });
    await until('all of llmspell to end', () => mine().length === 0);
  });
});
