import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decoder, encode } from '../../src/debug/framing';

const messages = [{ seq: 1, text: 'é 𝒙 \r\n\r\n' }, { seq: 2 }, { seq: 3, list: [1, 2, 3] }];
const bytes = Buffer.concat(messages.map(encode));

test('messages come through whatever the pieces are', () => {
  for (let size = 1; size <= bytes.length; size++) {
    const decoder = new Decoder();
    const got: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      got.push(...decoder.take(bytes.subarray(at, at + size)));
    }
    assert.deepEqual(got, messages, `in pieces of ${size}`);
  }
});

test('further headers, and other letters, are understood', () => {
  const decoder = new Decoder();
  assert.deepEqual(decoder.take(Buffer.from('Content-Type: x\r\ncontent-length:2\r\n\r\n{}')), [{}]);
});

for (const [name, text] of [
  ['no length', 'Content-Type: x\r\n\r\n{}'],
  ['a length that is none', 'Content-Length: -1\r\n\r\n{}'],
  ['a web page', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['too long', 'Content-Length: 999999999999\r\n\r\n'],
  ['no JSON', 'Content-Length: 2\r\n\r\nxx'],
  ['a header without an end', 'x'.repeat(5000)],
] as const) {
  test(`refused: ${name}`, () => assert.throws(() => new Decoder().take(Buffer.from(text))));
}

test('a large message in small pieces takes linear time', () => {
  const large = encode({ text: 'x'.repeat(8 << 20) });
  const decoder = new Decoder();
  let got: unknown[] = [];
  for (let at = 0; at < large.length; at += 1024) {
    got = got.concat(decoder.take(large.subarray(at, at + 1024)));
  }
  assert.equal(got.length, 1);
});
