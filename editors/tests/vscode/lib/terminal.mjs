// The terminal on the screen: what is typed there, and what stands in it.
import { until } from './wait.mjs';

export class Terminal {
  constructor(screen) {
    this.screen = screen;
    this.page = screen.page;
  }

  // open opens a terminal of a profile, and waits until its shell has said that it is ready.
  async open(profile) {
    await this.screen.command('Create New Terminal (With Profile)');
    await this.screen.pick(profile);
    await this.ready();
  }

  // ready waits until the shell in the terminal that is seen has written its prompt.
  async ready() {
    await this.page.locator('.terminal-wrapper.active .xterm-rows').waitFor();
    await until('the prompt of the shell', async () => /[$#]\s*$/.test((await this.text()).trimEnd()));
  }

  // run types a command into the terminal.
  async run(line) {
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await this.screen.type(line);
    await this.screen.press('Enter');
  }

  // text is what stands in the terminal, in the rows of the screen.
  async text() {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map((row) => row.replaceAll('\u00a0', ' ')).join('\n');
  }
}
