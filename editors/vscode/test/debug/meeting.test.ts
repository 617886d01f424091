import assert from 'node:assert/strict';
import * as net from 'node:net';
import { test } from 'node:test';
import { encode } from '../../src/debug/framing';
import { Meeting, type Caller } from '../../src/debug/meeting';

const limit = { timeout: 60_000 };

async function call(variable: string, ...messages: (object | Buffer)[]): Promise<string> {
  const [address = ''] = variable.split(';');
  const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (data) => (text += data));
  socket.on('error', () => undefined);
  messages.forEach((message) => socket.write(Buffer.isBuffer(message) ? message : encode(message)));
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

const hello = (variable: string, more: object = {}) => ({
  seq: 1, type: 'request', command: 'hello',
  arguments: { token: variable.split(';')[1], address: '127.0.0.1:99', key: 'k', name: '/w/a.lua', ...more },
});

test('a script that says hello is debugged, and told', limit, async () => {
  const callers: Caller[] = [];
  const meeting = new Meeting(async (caller) => void callers.push(caller));
  const variable = await meeting.variable();
  assert.equal(await meeting.variable(), variable);
  assert.match(variable, /^127\.0\.0\.1:\d+;[0-9a-f]{64}$/);
  assert.match(await call(variable, hello(variable)), /"request_seq":1.*"success":true/);
  assert.deepEqual(callers, [{ address: '127.0.0.1:99', key: 'k', name: '/w/a.lua' }]);
  meeting.close();
});

test('a script that is not debugged is told why', limit, async () => {
  const meeting = new Meeting(() => Promise.reject(new Error('not now')));
  const variable = await meeting.variable();
  assert.match(await call(variable, hello(variable)), /"success":false,"message":"not now"/);
  meeting.close();
});

test('others are hung up on, and nothing happens', limit, async () => {
  let calls = 0;
  const meeting = new Meeting(async () => void calls++);
  const variable = await meeting.variable();
  for (const message of [
    hello(variable, { token: 'x'.repeat(64) }), hello(variable, { token: 'é'.repeat(64) }), hello(variable, { token: '' }), hello(variable, { token: 5 }),
    hello(variable, { token: undefined }), hello(variable, { address: 5 }), hello(variable, { key: undefined }),
    { ...hello(variable), command: 'launch' }, { seq: 1 }, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), Buffer.from('Content-Length: 99999999\r\n\r\n'),
    Buffer.from('Content-Length: 4\r\n\r\nnull'), Buffer.alloc(10_000, 'x'),
  ]) {
    assert.equal(await call(variable, message), '');
  }
  assert.equal(calls, 0);
  meeting.close();
});

test('the end of the meeting hangs up', limit, async () => {
  const meeting = new Meeting(() => new Promise(() => undefined));
  const variable = await meeting.variable();
  const answer = call(variable, hello(variable));
  await new Promise((done) => setImmediate(done));
  meeting.close();
  assert.equal(await answer, '');
  new Meeting(async () => undefined).close(); // that was never opened
});
