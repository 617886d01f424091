// What else the extension puts into VS Code, as people see it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { kernels } from './kernels.mjs';
import { Code } from './lib/code.mjs';
import { Editor } from './lib/editor.mjs';
import { open } from './lib/screen.mjs';
import { story } from './lib/steps.mjs';
import { tasks } from './tasks.mjs';
import { terminal } from './terminal.mjs';
import { testing } from './testing.mjs';

const scripts = (...names) => Object.fromEntries(names.map((name) => [name, readFileSync(path.join(import.meta.dirname, 'scripts', name), 'utf8')]));

test('in the workbench', { timeout: 1_800_000 }, async (t) => {
  const code = await Code.start({ vsix: [process.env.LLMSPELL_VSIX], files: scripts('basket.lua', 'prices.lua', 'prices_test.lua', 'stock.lua', 'wait.lua') });
  t.after(() => code.stop());
  const screen = await open(code, 'workbench');
  t.after(() => screen.close());
  const editor = new Editor(screen);

  const part = (name, steps) => t.test(name, (t) => story(t, { code, screen }, steps(code, screen, editor)));
  await part('the debug terminal', terminal);
  await part('tasks', tasks);
  await part('tests', testing);
  await part('kernels', kernels);
});
