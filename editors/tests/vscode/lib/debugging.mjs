// The debugger's views on the screen.
import { flat } from './screen.mjs';
import { equals, until } from './wait.mjs';

const ARROW = '.glyph-margin-widgets [class*="codicon-debug-stackframe"]';

export class Debugging {
  constructor(screen, editor) {
    this.screen = screen;
    this.editor = editor;
    this.page = screen.page;
  }

  // toggle sets or removes a breakpoint with F9, and waits until the number of dots has changed.
  async toggle(line) {
    await this.editor.goto(line);
    const before = await this.#dots();
    await this.screen.press('F9');
    await until(`a breakpoint to come or go in line ${line}`, async () => (await this.#dots()) !== before);
  }

  // special sets a breakpoint that wants a text: the command is its title in the palette.
  async special(line, command, text) {
    await this.editor.goto(line);
    const before = await this.#dots();
    await this.screen.command(command);
    const field = this.page.locator('.breakpoint-widget .monaco-editor');
    await field.waitFor();
    await until('the cursor in the field', () => field.evaluate((editor) => editor.contains(document.activeElement)));
    await this.screen.type(text);
    await until(`${text} in the field`, async () => flat(await field.locator('.view-lines').innerText()) === text);
    await this.screen.press('Enter');
    await field.waitFor({ state: 'hidden' });
    await until(`a breakpoint in line ${line}`, async () => (await this.#dots()) > before);
  }

  #dots() {
    return this.page.locator('.editor-group-container.active .glyph-margin-widgets [class*="codicon-debug-breakpoint"]').count();
  }

  // stopped waits until the yellow line is the one that is wanted.
  async stopped(line) {
    await equals('the line of the yellow arrow', () => this.line(), line);
    await this.page.locator('.editor-group-container.active .view-overlays .debug-top-stack-frame-line').first().waitFor();
  }

  // line is that of the yellow arrow, or undefined.
  line() {
    return this.editor.lineAt(ARROW);
  }

  // evaluate enters a text into the debug console, and waits until it is answered.
  async evaluate(text) {
    await this.screen.command('Debug Console: Focus on Debug Console View');
    await until('the cursor in the console', () => this.page.evaluate(() => document.activeElement?.closest('.repl-input-wrapper') !== null));
    const before = (await this.console()).length;
    await this.screen.type(text);
    await this.screen.press('Enter');
    await until(`an answer to ${text}`, async () => (await this.console()).length > before + 1);
  }

  // yellow is the colour behind the line at which the script has stopped: [red, green, blue, alpha].
  async yellow() {
    const colour = await this.page.locator('.editor-group-container.active .view-overlays .debug-top-stack-frame-line').first().evaluate((line) => getComputedStyle(line).backgroundColor);
    return colour.match(/[\d.]+/g).map(Number);
  }

  // stack is the call stack: the rows of frames, top first, as the screen has them.
  async stack() {
    return this.screen.rows('.debug-call-stack');
  }

  // unfold opens a scope or a variable of the variables' view if it is folded.
  async unfold(name) {
    const row = this.page.locator('.debug-variables .monaco-list-row', { hasText: name }).first();
    await until(`${name} to be unfolded`, async () => {
      if ((await row.getAttribute('aria-expanded', { timeout: 5000 })) === 'true') return true;
      await row.locator('.monaco-tl-twistie').click({ timeout: 5000 });
      return false;
    });
  }

  // variable waits for a row of the variables' view: "name = value".
  variable(name) {
    return this.page.locator('.debug-variables .monaco-list-row', { hasText: new RegExp(`^\\s*${name}\\s*=`) }).first();
  }

  async value(name) {
    const text = flat(await this.variable(name).innerText({ timeout: 5000 }));
    return text.slice(text.indexOf('=') + 1).trim();
  }

  // assign changes a variable as one does it by a double click.
  async assign(name, value) {
    const input = this.page.locator('.debug-variables .monaco-inputbox input');
    await until(`a field for the value of ${name}`, async () => {
      await this.variable(name).locator('.value').dblclick({ timeout: 5000 });
      await input.waitFor({ timeout: 5000 });
      return true;
    });
    await input.fill(value);
    await input.press('Enter');
  }

  // console is what the debug console shows.
  async console() {
    return this.screen.rows('.repl');
  }

  // ended waits until no session is left, and no line is yellow.
  async ended() {
    await until('the end of the session', async () => (await this.stack()).length === 0 && (await this.line()) === undefined);
  }
}
