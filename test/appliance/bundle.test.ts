// SPDX-License-Identifier: MIT
/** The same code runs on the board, where there is neither Node nor Intl, and where each kilobyte is flash. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('the configuration code as one bundle');

/** Bytes of minified code, js-yaml and valibot included: 144 000 when this was set. */
const LARGEST = 150_000;

test('needs no Node module and no global that QuickJS lacks, and stays small', async () => {
  const root = fileURLToPath(new URL('../../src/appliance/', import.meta.url));
  const entry = ['defaults', 'plan', 'render-plan', 'health-targets', 'board-checks', 'config', 'problems'];
  const { outputFiles } = await build({
    stdin: { contents: entry.map((name) => `export * from './${name}.ts';`).join('\n'), resolveDir: root },
    bundle: true,
    format: 'esm',
    // Neutral knows no Node built-ins: an import of one fails the build.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    minify: true,
    write: false,
  });
  const code = outputFiles[0]?.text ?? '';
  for (const name of [
    'Buffer',
    'process',
    'require',
    'Intl',
    'TextDecoder',
    'structuredClone',
    'setTimeout',
  ]) {
    assert.not.match(code, new RegExp(`(?<![\\w.$'"\`])${name}[.(]`), name);
  }
  assert.ok(code.length < LARGEST, `${code.length} bytes`);
  console.log(`\n  ${code.length} bytes`);
});

test.run();
