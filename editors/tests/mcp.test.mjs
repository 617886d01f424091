// llmspell mcp serve with the protocol's own TypeScript client, over stdio and
// streamable HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { deadline, LIMIT, LLMSPELL } from './support.mjs';

// use tries what every client does: list the tools, call one, be refused, cancel.
async function use(client, dir) {
  const { tools } = await client.listTools();
  assert.ok(tools.length >= 8, `${tools.length} tools`);
  const calculator = tools.find((tool) => tool.name === 'calculator');
  assert.equal(calculator.inputSchema.type, 'object');
  assert.equal(calculator.inputSchema.properties.input.type, 'string');
  assert.equal(calculator.annotations.readOnlyHint, true);
  assert.ok(!tools.some((tool) => tool.name === 'web-scraper'), 'no tool that the permissions leave nothing to do');

  // The client checks the structured content against the tool's output schema.
  const answer = await client.callTool({ name: 'calculator', arguments: { input: '6 * x', variables: { x: 7 } } });
  assert.equal(answer.isError ?? false, false);
  assert.equal(answer.structuredContent.result, 42);
  assert.equal(JSON.parse(answer.content[0].text).result, 42);

  const wrong = await client.callTool({ name: 'calculator', arguments: { inptu: '1' } });
  assert.equal(wrong.isError, true);
  assert.match(wrong.content[0].text, /parameter "inptu" is not known; did you mean "input"\?/);

  const denied = await client.callTool({ name: 'file-operations', arguments: { operation: 'read', path: '/etc/hosts' } });
  assert.equal(denied.isError, true);
  assert.match(denied.content[0].text, /allow it with --allow-read=\/etc\/hosts/);

  await assert.rejects(client.callTool({ name: 'no-such-tool', arguments: {} }), /no-such-tool/);

  fs.closeSync(fs.openSync(path.join(dir, 'huge'), 'w'));
  fs.truncateSync(path.join(dir, 'huge'), 2 ** 36); // it takes minutes to read, and no room
  const abort = new AbortController();
  const call = client.callTool({ name: 'hash-calculator', arguments: { operation: 'hash', file: 'huge' } }, undefined, { signal: abort.signal });
  setTimeout(() => abort.abort('enough'), 100);
  await assert.rejects(deadline(call, 'the end of a call that was cancelled'));
  const after = await client.callTool({ name: 'calculator', arguments: { input: '1 + 1' } });
  assert.equal(after.structuredContent.result, 2);
}

function folder(t) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'llmspell-mcp-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

describe('mcp serve', LIMIT, () => {
  test('over stdio', async (t) => {
    const dir = folder(t);
    const transport = new StdioClientTransport({ command: LLMSPELL, args: ['mcp', 'serve'], cwd: dir, stderr: 'pipe' });
    let complaints = '';
    transport.stderr.on('data', (data) => (complaints += data));
    const client = new Client({ name: 'test', version: '1' });
    t.after(() => client.close());
    await client.connect(transport);
    assert.equal(client.getServerVersion().name, 'llmspell');
    await use(client, dir);
    await client.close();
    assert.equal(complaints, '', 'nothing on stderr');
  });

  // The client compiles the schemas of all results, and refuses what it cannot read.
  test('every tool is listed', async (t) => {
    const client = new Client({ name: 'test', version: '1' });
    t.after(() => client.close());
    await client.connect(new StdioClientTransport({ command: LLMSPELL, args: ['mcp', 'serve', '--all'], cwd: folder(t) }));
    const { tools } = await client.listTools();
    assert.ok(tools.some((tool) => tool.name === 'web-scraper'));
    for (const tool of tools) {
      assert.match(tool.name, /^[a-z0-9-]{1,64}$/);
      assert.equal(tool.inputSchema.additionalProperties, false, tool.name);
    }
  });

  test('over streamable HTTP', async (t) => {
    const dir = folder(t);
    const token = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
    const child = spawn(LLMSPELL, ['mcp', 'serve', '--transport', 'http', '--addr', '127.0.0.1:0'], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, LLMSPELL_MCP_TOKEN: token },
    });
    const exited = new Promise((resolve) => child.on('close', resolve));
    t.after(() => child.kill('SIGKILL'));
    const line = await deadline(new Promise((resolve) => child.stdout.once('data', resolve)), 'the address');
    const url = new URL(/listening at: (\S+)/.exec(line.toString())[1]);

    const stranger = new Client({ name: 'stranger', version: '1' });
    await assert.rejects(stranger.connect(new StreamableHTTPClientTransport(url)));

    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: { Authorization: `Bearer ${token}` } } }));
    await use(client, dir);
    await client.close();
    child.kill('SIGINT');
    assert.equal(await deadline(exited, 'the end of the server'), 0);
  });
});
