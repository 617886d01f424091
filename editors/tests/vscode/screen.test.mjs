// The extension as people see it: VS Code in a browser, driven by keys and the mouse.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { debugging } from './debugging.mjs';
import { language } from './language.mjs';
import { Code } from './lib/code.mjs';
import { Editor } from './lib/editor.mjs';
import { open } from './lib/screen.mjs';
import { story } from './lib/steps.mjs';
import { tools } from './tools.mjs';

const script = (name) => readFileSync(path.join(import.meta.dirname, 'scripts', name), 'utf8');

test('on the screen', { timeout: 1_800_000 }, async (t) => {
  const vsix = process.env.LLMSPELL_VSIX;
  const code = await Code.start({ vsix: [vsix], files: { 'basket.lua': script('basket.lua'), 'shop.lua': script('shop.lua') } });
  t.after(() => code.stop());
  const screen = await open(code, 'screen');
  t.after(() => screen.close());
  const editor = new Editor(screen);

  const part = (name, steps) => t.test(name, (t) => story(t, { code, screen }, steps(code, screen, editor)));
  await part('the language', language);
  await part('debugging', debugging);
  await part('tools', tools);
});
