// The view of kernels and sessions: one is started, looked at, debugged, stopped, and killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Debugging } from './lib/debugging.mjs';
import { marked } from './lib/processes.mjs';
import { equals, until } from './lib/wait.mjs';

export function kernels(code, screen, editor) {
  const { page } = screen;
  const debug = new Debugging(screen, editor);
  const kernel = () => page.locator('.part.sidebar .monaco-list-row[aria-label^="dev, kernel"]').first();
  const log = () => page.locator('.tabs-container .tab.active[data-resource-name="kernel-dev.log"]');
  const session = () => page.locator('.part.sidebar .monaco-list-row[aria-label*=", session, running"]').first();
  const processes = () => marked(code.mark).filter(({ command }) => /\bllmspell .*kernel start/.test(command));
  // act takes the button of a row that shows when the mouse is over it.
  const act = (what, title) =>
    until(`the button "${title}"`, async () => {
      await what().hover({ timeout: 5000 });
      await what().locator(`.action-label[aria-label^="${title}"]`).click({ timeout: 5000 });
      return true;
    });
  // choose takes a command of a row's menu. A menu that has just opened does not take clicks yet.
  const choose = async (what, title) => {
    const item = page.locator('.monaco-menu .action-label', { hasText: title });
    await until(`the menu's "${title}"`, async () => {
      if (!(await item.isVisible())) await what().click({ button: 'right', timeout: 5000 });
      await item.click({ timeout: 5000 });
      await item.waitFor({ state: 'detached', timeout: 1000 });
      return true;
    });
  };
  const view = async () => {
    await until('the view of kernels', async () => {
      if (await page.locator('.pane-header[aria-label^="Kernels and Sessions Section"]').isVisible()) return true;
      await page.locator('.activitybar .action-label[aria-label="llmspell"]').click();
      return false;
    });
    await screen.unfold('Kernels and Sessions');
  };
  const start = async () => {
    await view();
    await screen.command('llmspell: Start Kernel');
    await screen.answer('dev');
    await kernel().waitFor();
    await screen.dismiss(/Kernel dev runs/);
  };
  // A script in the kernel, as another program of the user's runs it.
  let client;
  const work = async () => {
    const child = spawn('llmspell', ['run', '--connect', 'dev', 'wait.lua'], { cwd: code.workspace, env: code.env, stdio: ['ignore', 'pipe', 'pipe'] });
    client = { output: '', ended: new Promise((resolve) => child.on('close', resolve)) };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (client.output += text));
    await session().waitFor();
  };

  // running waits until the debugger's view says that it is attached.
  const running = async () => {
    await screen.command('Run and Debug: Focus on Call Stack View');
    await page.locator('.call-stack-state-message', { hasText: 'Running' }).waitFor();
  };

  return {
    'a kernel is started': async () => {
      await start();
      await equals('kernels', () => processes().length, 1); // and what has started it is gone
    },

    'its session is shown while it runs': async () => {
      await work();
      await screen.shot('kernels');
    },

    'the debugger attaches to it, and F6 stops it': async () => {
      await act(session, 'Attach Debugger');
      await running();
      await screen.press('F6');
      await until('a stop in the loop', async () => [3, 4].includes(await debug.line()));
      await debug.unfold('Locals');
      await until('turns', async () => Number(await debug.value('turns')) > 0);
      await screen.shot('attached');
    },

    'what is set in the console counts, and the script ends': async () => {
      await debug.evaluate('done = true');
      await screen.press('F5');
      await debug.ended();
      assert.equal(await client.ended, 0);
      assert.match(client.output, /done after some turns: true/);
    },

    'its log is opened': async () => {
      await view();
      await choose(kernel, 'Open Log of Kernel');
      await log().waitFor();
      await screen.command('View: Close Editor');
      await log().waitFor({ state: 'detached' });
    },

    'it is stopped': async () => {
      await act(kernel, 'Stop Kernel');
      await kernel().waitFor({ state: 'detached' });
      await until('the end of its process', () => processes().length === 0);
    },

    'one that is killed while it is debugged is told, with a button to its log': async () => {
      await start();
      await work();
      await act(session, 'Attach Debugger');
      await running();
      for (const { pid } of processes()) process.kill(pid, 'SIGKILL');
      await until('the message', async () => (await screen.notices()).some((text) => /the kernel dev has gone: it was stopped or killed/.test(text)));
      await debug.ended();
      await screen.shot('killed');
      await page.locator('.notifications-toasts .monaco-button', { hasText: 'Open Kernel Log' }).click();
      await log().waitFor();
    },

    'it is gone from the view, and its client has ended': async () => {
      await view();
      await kernel().waitFor({ state: 'detached' });
      assert.notEqual(await client.ended, 0);
      await equals('messages', () => screen.notices(), []);
    },
  };
}
