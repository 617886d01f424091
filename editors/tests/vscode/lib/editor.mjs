// The text editor on the screen: where its lines and words are, and what stands beside them.
import { flat } from './screen.mjs';
import { until } from './wait.mjs';

export class Editor {
  constructor(screen) {
    this.screen = screen;
    this.page = screen.page;
  }

  // open opens a file of the explorer, and waits until the extension has taken it up.
  async open(name) {
    const page = this.page;
    if (!(await page.locator('.explorer-folders-view').isVisible())) await this.screen.press('Control+Shift+e');
    await page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).dblclick();
    await page.locator(`.tabs-container .tab.active[data-resource-name="${name}"]`).waitFor();
    await page.locator('.editor-group-container.active .monaco-editor .view-line').first().waitFor();
    await page.locator('.statusbar-item', { hasText: /^\s*Lua\s*$/ }).first().waitFor();
    // The code lens comes from the language server: from now on all of the extension is there.
    await page.locator('.editor-group-container.active .codelens-decoration').first().waitFor();
  }

  // goto puts the cursor at a line, as Ctrl+G does.
  async goto(line, column = 1) {
    const input = this.page.locator('.quick-input-widget .quick-input-filter input');
    await this.screen.press('Control+g');
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.screen.press('Enter');
    await input.waitFor({ state: 'hidden' });
    await until(`the cursor in line ${line}`, async () => (await this.cursor())?.line === line);
  }

  // cursor is what the status bar says.
  async cursor() {
    for (const text of await this.page.locator('.statusbar-item').allInnerTexts()) {
      const found = /Ln (\d+), Col (\d+)/.exec(text);
      if (found) return { line: Number(found[1]), column: Number(found[2]) };
    }
    return undefined;
  }

  // lineAt tells beside which line number something stands, or undefined.
  lineAt(selector) {
    return this.page.evaluate((wanted) => {
      const editor = document.querySelector('.editor-group-container.active .monaco-editor');
      const mark = editor?.querySelector(wanted);
      if (!mark) return undefined;
      const middle = (box) => box.top + box.height / 2;
      const at = middle(mark.getBoundingClientRect());
      for (const number of editor.querySelectorAll('.line-numbers')) {
        const box = number.getBoundingClientRect();
        if (box.top <= at && at <= box.bottom) return Number(number.textContent);
      }
      return undefined;
    }, selector);
  }

  // text is a line as it stands on the screen, with what is injected into it.
  async text(line) {
    const found = await this.#inLine(line);
    return found?.text;
  }

  // place is the middle of a word in a line, for the mouse.
  async place(line, word, nth = 0) {
    return until(`"${word}" in line ${line} on the screen`, async () => (await this.#inLine(line, word, nth))?.place);
  }

  #inLine(line, word, nth = 0) {
    return this.page.evaluate(
      ({ line, word, nth }) => {
        const editor = document.querySelector('.editor-group-container.active .monaco-editor');
        const number = [...editor.querySelectorAll('.line-numbers')].find((n) => Number(n.textContent) === line);
        if (!number) return undefined;
        const row = number.getBoundingClientRect();
        const view = [...editor.querySelectorAll('.view-lines .view-line')].find((v) => Math.abs(v.getBoundingClientRect().top - row.top) < row.height / 2);
        if (!view) return undefined;
        const text = view.textContent.replaceAll('\u00a0', ' ');
        if (word === undefined) return { text };
        let from = -1;
        for (let i = 0; i <= nth; i++) from = text.indexOf(word, from + 1);
        if (from < 0) return { text };
        const range = document.createRange();
        const walk = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
        let at = 0;
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const length = node.textContent.length;
          if (from >= at && from < at + length) range.setStart(node, from - at);
          if (from + word.length > at && from + word.length <= at + length) range.setEnd(node, from + word.length - at);
          at += length;
        }
        const box = range.getBoundingClientRect();
        return { text, place: { x: box.left + box.width / 2, y: box.top + box.height / 2 } };
      },
      { line, word, nth },
    );
  }

  // hover points at a word until what is wanted shows, and gives its text. Each time the mouse comes from somewhere
  // else: a pointer that moves within the word, or rests while lines move under it, is not seen.
  async hover(line, word, selector, wanted, nth = 0) {
    return until(`a hover at "${word}" with ${wanted}`, async () => {
      await this.away();
      const { x, y } = await this.place(line, word, nth);
      await this.page.mouse.move(x, y, { steps: 3 });
      const shown = this.page.locator(selector).filter({ visible: true, hasText: wanted }).first();
      await shown.waitFor({ timeout: 5000 });
      return flat(await shown.innerText());
    });
  }

  // away takes the mouse to where nothing shows anything.
  async away() {
    await this.page.mouse.move(640, 12);
    await until('hovers to go', async () => (await this.page.locator('.debug-hover-widget, .monaco-hover').filter({ visible: true }).count()) === 0);
  }
}
