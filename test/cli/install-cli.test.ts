// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultPrefix, hints } from '../../src/cli/install/places.ts';
import { plaitVersion, repository } from '../../src/cli/project.ts';
import { run } from '../../src/cli/run.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';

await needs('man-db');

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As a person types it, in this process. */
async function installCli(prefix: string, ...args: string[]): Promise<Answer> {
  const { log } = console;
  let [out, err] = ['', ''];
  console.log = (text: string) => {
    out += `${text}\n`;
  };
  try {
    const code = await run(['install-cli', '--prefix', prefix, ...args], {
      writeErr: (text) => (err += text),
    });
    return { code, out, err };
  } finally {
    console.log = log;
  }
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const installing = suite('install-cli');

installing('puts a command there that works, with its manual, and takes all of it away again', async () => {
  const prefix = join(scratch(), 'a prefix');
  const argv = ['run', '--silent', 'install-cli', '--', '--prefix', prefix];
  const said = execFileSync('npm', argv, { cwd: repository, encoding: 'utf8', timeout: 120_000 });
  for (const file of filesBelow(prefix)) assert.match(said, `  ${file}\n`);
  const { installed } = JSON.parse((await installCli(prefix, '--json')).out) as { installed: string[] };
  assert.equal([...installed].sort(), filesBelow(prefix), 'a second time is the same');
  const env = { ...process.env, PATH: `${join(prefix, 'bin')}:${process.env.PATH}` };
  assert.is(execFileSync('plait', ['--version'], { cwd: '/', env, encoding: 'utf8' }).trim(), plaitVersion());
  const where = { env: { ...env, MANPATH: join(prefix, 'share/man') }, encoding: 'utf8' } as const;
  assert.match(execFileSync('man', ['plait-image'], where), 'plait-image');
  const { removed } = JSON.parse((await installCli(prefix, '--uninstall', '--json')).out) as {
    removed: string[];
  };
  assert.equal([...removed].sort(), [...installed].sort());
  assert.equal(filesBelow(prefix), []);
  assert.match((await installCli(prefix, '--uninstall')).out, 'nothing of plait is in');
});

installing('leaves what others put there, and says so before anything is written', async () => {
  const prefix = scratch();
  mkdirSync(join(prefix, 'bin'));
  writeFileSync(join(prefix, 'bin/plait'), 'mine');
  const { code, err } = await installCli(prefix);
  assert.is(
    err,
    `plait: ${prefix}/bin/plait is there, and was not made by install-cli; remove it, or install below another --prefix\n`,
  );
  assert.is(code, 2);
  assert.equal(filesBelow(prefix), [join(prefix, 'bin/plait')]);
  await installCli(prefix, '--uninstall');
  assert.is(readFileSync(join(prefix, 'bin/plait'), 'utf8'), 'mine');
});

installing('removes the manual page of a verb that is gone, and no other', async () => {
  const prefix = scratch();
  await installCli(prefix);
  const manual = join(prefix, 'share/man/man1');
  const ours = readFileSync(join(manual, 'plait-image.1'), 'utf8');
  writeFileSync(join(manual, 'plait-gone.1'), ours);
  writeFileSync(join(manual, 'plait-other.1'), 'of another program');
  await installCli(prefix);
  assert.not.ok(existsSync(join(manual, 'plait-gone.1')));
  assert.ok(existsSync(join(manual, 'plait-other.1')));
});

installing('is for everybody when root does it', () => {
  assert.is(defaultPrefix('/home/ann', 0), '/usr/local');
  assert.is(defaultPrefix('/home/ann', 1000), '/home/ann/.local');
});

installing('says what else is to be done, where something is', () => {
  assert.equal(
    hints('/usr/local', '/root', {
      PATH: '/usr/local/bin:/bin',
      XDG_DATA_DIRS: '/usr/local/share:/usr/share',
    }),
    [],
  );
  assert.equal(hints('/home/ann/.local', '/home/ann', { PATH: '/bin' }), [
    '/home/ann/.local/bin is not in PATH: add it, in ~/.profile',
    'zsh: say fpath+=(/home/ann/.local/share/zsh/site-functions) in ~/.zshrc, before compinit',
  ]);
  assert.is(hints('/opt/plait', '/home/ann', { PATH: '/bin' }).length, 4);
});

installing.run();
