// SPDX-License-Identifier: MIT
/** What the kernel's own style checker says of the modules: nothing but what `style-exceptions.ts` lists. */
import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inScratch, needPackages, repository, run } from '../toolchain.ts';
import { kernelSource } from './kernel-source.ts';
import { EXCEPTIONS, type Exception, UNASKED } from './style-exceptions.ts';

/** Columns of a line: checkpatch allows 100; comments here are wider. */
const COLUMNS = 125;

const folder = join(repository, 'src/kmod');

interface Finding {
  readonly type: string;
  readonly path: string;
  readonly text: string;
}

const excepts = ({ type, path, words = '' }: Exception, finding: Finding) =>
  finding.type === type && finding.path.startsWith(path) && finding.text.includes(words);

const checkpatch = suite("the kernel's checkpatch");

checkpatch('has nothing to say of any source file', async () => {
  await needPackages(['perl']);
  const script = join(await kernelSource(), 'scripts/checkpatch.pl');
  await access(script);
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.[ch]$/.test(name)).sort();
  assert.ok(files.length > 100, 'the sources are found');
  const output = await inScratch(async (root) => {
    // It reads names out of this folder, which there are none of, and writes what it found into the current one.
    await mkdir(join(root, 'include'));
    const command = [
      ...[
        'perl',
        script,
        '--no-tree',
        `--root=${root}`,
        '--strict',
        '--terse',
        '--no-summary',
        '--show-types',
      ],
      ...[`--max-line-length=${COLUMNS}`, '--ignore', Object.keys(UNASKED).join(','), '-f'],
    ];
    // As many at once as a small machine has processors.
    const half = Math.ceil(files.length / 2);
    const runs = [files.slice(0, half), files.slice(half)].map((some) =>
      run([...command, ...some.map((file) => join(folder, file))], '', root),
    );
    return (await Promise.all(runs)).map((one) => one.output).join('');
  });
  const findings = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const text = line.replace(`${folder}/`, '');
      const found = /^([^:]+):\d+: (?:ERROR|WARNING|CHECK):(\w+): /.exec(text);
      return { text, path: found?.[1] ?? '', type: found?.[2] ?? 'output that is no finding' };
    });
  const open = findings.filter((finding) => !EXCEPTIONS.some((one) => excepts(one, finding)));
  assert.equal(
    open.map(({ text }) => text),
    [],
  );
  const unused = EXCEPTIONS.filter((one) => !findings.some((finding) => excepts(one, finding)));
  assert.equal(unused, [], 'exceptions without a finding');
});

checkpatch.run();
