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

  // command runs a command of the palette by its title.
  async command(title) {
    const input = this.page.locator('.quick-input-widget .quick-input-filter input');
    await this.press('F1');
    await input.waitFor();
    await input.fill(`>${title}`);
    const row = this.page.locator(`.quick-input-list .monaco-list-row[aria-label^=${JSON.stringify(title)}]`).first();
    await row.waitFor();
    await row.click();
  }

  // fold closes a section of the side bar, so that the others have its place: what does not fit is not there to be read.
  async fold(section) {
    const header = this.page.locator(`.pane-header[aria-label^="${section} Section"]`);
    await until(`${section} to be folded`, async () => {
      if ((await header.getAttribute('aria-expanded', { timeout: 5000 })) === 'false') return true;
      await header.click({ timeout: 5000 });
      return false;
    });
  }

  // notices are the messages at the bottom.
  async notices() {
    return (await this.page.locator('.notification-list-item-message').allInnerTexts()).map(flat);
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
