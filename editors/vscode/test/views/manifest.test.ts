import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KernelModel } from '../../src/views/kernelModel';
import { KernelTree, type KernelNode } from '../../src/views/kernelTree';
import { ToolModel } from '../../src/views/toolModel';
import { ToolTree } from '../../src/views/toolTree';
import { kernel, live, Llmspell, saved } from './support';

interface Item {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}
const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: { menus: Record<string, Item[]>; views: Record<string, { id: string }[]>; viewsWelcome: { view: string; contents: string }[]; commands: { command: string; icon?: string }[] };
};
const items = contributes.menus['view/item/context']!;

/** The commands that an item of a view has, in the line or in its menu. */
function offered(view: string, contextValue: unknown, inline: boolean): string[] {
  return items
    .filter(({ when, group }) => {
      const [, named, pattern] = /^view == (\S+) && viewItem =~ \/(.*)\/$/.exec(when) ?? [];
      assert.ok(named && pattern, when);
      return named === view && new RegExp(pattern).test(String(contextValue)) && group.startsWith('inline') === inline;
    })
    .map(({ command }) => command.replace('llmspell.', ''));
}

test('items of the views offer what can be done with them', () => {
  const tree = new KernelTree(new KernelModel(new Llmspell().json, () => 0), () => 'used');
  const of = (node: KernelNode, inline = true) => offered('llmspell.kernels', tree.getTreeItem(node).contextValue, inline);
  assert.deepEqual(of({ kind: 'kernel', kernel: kernel('dev') }), ['kernel.stop', 'kernel.choose', 'kernel.attach']);
  assert.deepEqual(of({ kind: 'kernel', kernel: kernel('used') }), ['kernel.stop', 'kernel.release', 'kernel.attach']);
  assert.deepEqual(of({ kind: 'kernel', kernel: kernel('dev', { status: 'unresponsive' }) }), ['kernel.stop']);
  assert.deepEqual(of({ kind: 'kernel', kernel: kernel('dev') }, false), ['kernel.attach', 'kernel.log', 'kernel.details', 'kernel.stop']);
  assert.deepEqual(of({ kind: 'live', kernel: kernel('dev'), session: live('s') }), ['kernel.attach']);
  assert.deepEqual(of({ kind: 'saved', session: saved('x') }), ['session.details']);
  assert.deepEqual(of({ kind: 'saved', session: saved('x') }, false), ['session.details', 'session.export', 'session.delete']);
  assert.deepEqual([...of({ kind: 'savedSessions' }), ...of({ kind: 'failure', message: '' }, false)], []);
  const tools = new ToolTree(new ToolModel(new Llmspell().run, () => '', () => []));
  const tool = tools.getTreeItem({ kind: 'tool', tool: { name: 'x', category: '', description: '', tags: [], security: '', needs: [] } });
  assert.deepEqual(offered('llmspell.tools', tool.contextValue, true), ['tool.invoke', 'tool.insert', 'tool.schema']);
});

test('what stands in a line has an icon, and menus and welcomes name views that there are', () => {
  const views = new Set(Object.values(contributes.views).flatMap((list) => list.map((view) => view.id)));
  const icons = new Set(contributes.commands.filter((command) => command.icon).map((command) => command.command));
  for (const item of [...items, ...contributes.menus['view/title']!]) {
    assert.ok(views.has(/view == (\S+)/.exec(item.when)?.[1] ?? ''), item.when);
    assert.ok(icons.has(item.command) || !/^(inline|navigation)/.test(item.group), item.command);
  }
  const commands = new Set(contributes.commands.map((command) => command.command));
  for (const { view, contents } of contributes.viewsWelcome) {
    assert.ok(views.has(view));
    for (const [, command] of contents.matchAll(/\(command:([\w.]+)\)/g)) {
      assert.ok(commands.has(command!), command);
    }
  }
});
