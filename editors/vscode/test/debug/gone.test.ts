import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { GoneWatch } from '../../src/debug/gone';
import { Logs } from '../../src/logs';
import * as stub from '../vscode';

beforeEach(stub.reset);

const gone = { type: 'event', event: 'output', body: { category: 'console', output: 'the debug server that this session is connected to has gone\n' } };
const terminated = { type: 'event', event: 'terminated' };
const settled = async () => {
  for (let i = 0; i < 10; i++) {
    await new Promise(setImmediate);
  }
};

function track(configuration: object, list: () => object[] = () => [{ id: 'dev', log_file: '/state/kernel-dev.log' }]) {
  const services = { json: async () => list(), logs: new Logs() };
  const tracker = new GoneWatch(services as never).createDebugAdapterTracker({ name: 'x', workspaceFolder: { uri: { fsPath: '/w' } }, configuration: { request: 'attach', ...configuration } } as never);
  tracker?.onWillStartSession?.();
  return tracker;
}

test('a kernel that has gone is told once, with a button to its log', async () => {
  stub.answers.push('Open Kernel Log');
  let list: object[] = [{ id: 'dev', log_file: '/state/kernel-dev.log' }];
  const tracker = track({ kernel: 'dev' }, () => list)!;
  list = [];
  tracker.onDidSendMessage!({ type: 'event', event: 'output', body: { output: 'hello' } });
  await settled();
  assert.equal(stub.shown.length, 0);
  tracker.onDidSendMessage!(gone);
  tracker.onDidSendMessage!(terminated);
  await settled();
  assert.equal(stub.shown[0]!.text, 'The debug session "x" has ended: the kernel dev has gone: it was stopped or killed, or it has crashed.');
  assert.deepEqual(stub.shown[0]!.items, ['Open Kernel Log', 'Show Log']);
  assert.deepEqual(stub.shown.slice(1).map((one) => [one.kind, one.text]), [['document', 'file:///state/kernel-dev.log']]);
});

test('a kernel that was stopped is told, and a script that ends is not', async () => {
  track({ port: 1 })!.onDidSendMessage!(terminated);
  track({ kernel: 'dev' }, () => [{ id: 'dev', status: 'running' }])!.onDidSendMessage!(terminated);
  await settled();
  assert.equal(stub.shown.length, 0);
  track({ kernel: 'dev' }, () => [{ id: 'dev', status: 'stopping', log_file: '/state/kernel-dev.log' }])!.onDidSendMessage!(terminated);
  await settled();
  assert.equal(stub.shown[0]!.text, 'The debug session "x" has ended: the kernel dev was stopped.');
  assert.deepEqual(stub.shown[0]!.items, ['Open Kernel Log', 'Show Log']);
  track({ kernel: 'other' })!.onDidSendMessage!(terminated);
  await settled();
  assert.match(stub.shown[1]!.text, /the kernel other was stopped/);
  assert.deepEqual(stub.shown[1]!.items, ['Show Log'], 'its log is not known');
});

const dev = { id: 'dev', status: 'running', socket: '/w/run/dev/kernel.sock', address: '127.0.0.1:4711', log_file: '/state/kernel-dev.log' };
const wide = { ...dev, id: 'wide', socket: '/w/run/wide/kernel.sock', address: '0.0.0.0:4712' };

for (const kernel of ['/w/run/dev/kernel.sock', 'unix:/w/run/dev/kernel.sock', './run/dev/kernel.sock', 'run/dev', '127.0.0.1:4711', 'localhost:4711', ':4711', 'localhost:4712', '[::1]:4712']) {
  test(`a kernel named ${kernel}: a script that ends is no news, and its own end is`, async () => {
    let list = [dev, wide];
    const tracker = track({ kernel }, () => list)!;
    tracker.onDidSendMessage!(terminated);
    await settled();
    assert.equal(stub.shown.length, 0);
    const other = track({ kernel }, () => list)!;
    list = [];
    await settled();
    other.onDidSendMessage!(terminated);
    await settled();
    assert.equal(stub.shown[0]?.text, `The debug session "x" has ended: the kernel ${kernel} was stopped.`);
    assert.deepEqual(stub.shown[0]!.items, ['Open Kernel Log', 'Show Log']);
  });
}

test('of a kernel that is not listed here nothing is said that nobody knows', async () => {
  for (const kernel of ['192.0.2.7:4711', '127.0.0.1:4713', '/elsewhere/kernel.sock', 'C:\\run\\kernel.sock']) {
    track({ kernel }, () => [dev, wide])!.onDidSendMessage!(terminated);
  }
  await settled();
  assert.equal(stub.shown.length, 0);
});

test('kernels that cannot be listed are not said to be stopped', async () => {
  track({ kernel: 'dev' }, () => {
    throw new Error('no rights');
  })!.onDidSendMessage!(terminated);
  await settled();
  assert.equal(stub.shown.length, 0);
});

test('who leaves is told nothing, and a launch is not watched', async () => {
  const tracker = track({ kernel: 'dev' })!;
  tracker.onWillReceiveMessage!({ type: 'request', command: 'disconnect' });
  tracker.onDidSendMessage!(gone);
  tracker.onDidSendMessage!(terminated);
  await settled();
  assert.equal(stub.shown.length, 0);
  assert.equal(track({ request: 'launch' }), undefined);
});
