// A window on a VS Code: headless Chromium, driven with keys and the mouse, read from the screen.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { LIMIT, until } from './wait.mjs';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const QUIET = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// Where the pictures are left.
export const SHOTS = process.env.LLMSPELL_SCREENSHOTS || path.resolve(import.meta.dirname, '../../../../bin/screenshots');

// open starts the browser and waits until the workbench is there. Close it with screen.close().
export async function open(code, prefix) {
  const executablePath = process.env.CHROMIUM || onPath(BROWSERS);
  if (!executablePath) throw new Error('there is no Chromium, run: scripts/install.sh');
  mkdirSync(SHOTS, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: QUIET, env: code.env, timeout: LIMIT });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(LIMIT);
  const screen = new Screen(browser, await context.newPage(), prefix);
  try {
    await screen.load(code.url);
  } catch (error) {
    await screen.shot('not-loaded');
    await screen.close();
    throw error;
  }
  return screen;
}

export class Screen {
  #shots = 0;

  constructor(browser, page, prefix) {
    this.browser = browser;
    this.page = page;
    this.prefix = prefix;
    this.console = [];
    page.on('console', (message) => this.console.push(message.text()));
  }

  async load(url) {
    await this.page.goto(url, { waitUntil: 'domcontentloaded' });
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  async close() {
    await this.browser.close();
  }

  // shot leaves a picture and gives its path.
  async shot(name) {
    const file = path.join(SHOTS, `${this.prefix}-${String(++this.#shots).padStart(2, '0')}-${name}.png`);
    await this.page.screenshot({ path: file, timeout: LIMIT, animations: 'disabled' });
    return file;
  }

  // rows are the texts of a list as they stand on the screen, blanks as one.
  async rows(selector) {
    const texts = await this.page.locator(`${selector} .monaco-list-row`).allInnerTexts();
    return texts.map(flat);
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  // command runs a command of the palette by its title. The palette shows what there was when it was opened, so it
  // is opened again for a command of an extension that has just started.
  async command(title) {
    const input = this.page.locator('.quick-input-widget .quick-input-filter input');
    const row = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^=${JSON.stringify(title)}]`).first();
    let again = false;
    await until(`${title} in the palette`, async () => {
      if (again) await this.press('Escape');
      again = true;
      await this.press('F1');
      await input.fill(`>${title}`, { timeout: 5000 });
      await row.click({ timeout: 5000 });
      return true;
    });
  }

  // pick takes an item of the list that is open, by its label.
  async pick(label) {
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ has: this.page.getByText(label, { exact: true }) }).first().click();
  }

  // answer types into the field that is open at the top.
  async answer(text) {
    const input = this.page.locator('.quick-input-widget .quick-input-filter input');
    await input.waitFor();
    await input.fill(text);
    await this.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  // fold closes a section of the side bar, so that the others have its place: what does not fit is not there to be read.
  async fold(section) {
    await this.#expanded(section, false);
  }

  // unfold opens a section of the side bar.
  async unfold(section) {
    await this.#expanded(section, true);
  }

  async #expanded(section, wanted) {
    const header = this.page.locator(`.pane-header[aria-label^="${section} Section"]`);
    await until(`${section} to be ${wanted ? 'open' : 'folded'}`, async () => {
      if ((await header.getAttribute('aria-expanded', { timeout: 5000 })) === String(wanted)) return true;
      await header.click({ timeout: 5000 });
      return false;
    });
  }

  // notices are the messages at the bottom.
  async notices() {
    return (await this.page.locator('.notification-list-item-message').allInnerTexts()).map(flat);
  }

  // refocus has the window lose the focus, and get it back: a page of Playwright's always believes that it has it.
  async refocus() {
    for (const focused of [false, true]) {
      await this.page.evaluate((focused) => {
        document.hasFocus = () => focused;
        window.dispatchEvent(new Event(focused ? 'focus' : 'blur'));
      }, focused);
    }
  }

  // dismiss waits for a message, and closes it.
  async dismiss(text) {
    const toast = this.page.locator('.notifications-toasts .notification-list-item', { hasText: text }).first();
    await toast.hover();
    await toast.locator('.codicon-notifications-clear').click();
    await toast.waitFor({ state: 'detached' });
  }
}

function onPath(names) {
  const folders = process.env.PATH.split(path.delimiter);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

// flat is a text with every run of blanks, tabs and line ends as one blank.
export function flat(text) {
  return text.replace(/[\s\u00a0\u200b]+/g, ' ').trim();
}
