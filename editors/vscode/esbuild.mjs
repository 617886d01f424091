// Bundles the extension into dist/extension.js and the language client, which is loaded when the server starts, into
// dist/languageclient.js; or with --tests each test of test/ into out/test/, where stubs stand for the modules that only an editor has.
import { readdir, rm } from 'node:fs/promises';
import { build, context } from 'esbuild';

const tests = process.argv.includes('--tests');
const common = { bundle: true, platform: 'node', target: 'node18', logLevel: 'warning', sourcemap: tests ? 'inline' : false };

if (tests) {
  await rm('out/test', { recursive: true, force: true });
  const names = (await readdir('test', { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  await build({
    ...common,
    entryPoints: names.map((name) => `test/${name}`),
    outbase: 'test',
    outdir: 'out/test',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    alias: { vscode: './test/vscode.ts', 'vscode-languageclient/node': './test/languageclient.ts' },
    external: ['ajv'],
  });
} else {
  const bundle = { ...common, format: 'cjs', external: ['vscode', './languageclient.js'], minify: true };
  await build({ ...bundle, entryPoints: ['vscode-languageclient/node'], outfile: 'dist/languageclient.js' });
  const options = { ...bundle, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', alias: { 'vscode-languageclient/node': './languageclient.js' } };
  if (process.argv.includes('--watch')) {
    await (await context({ ...options, minify: false, sourcemap: true })).watch();
  } else {
    await build(options);
  }
}
