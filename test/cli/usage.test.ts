// SPDX-License-Identifier: MIT
/** Help and errors of the whole command line: one form, and wrong use answered at once. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { program, verbNames } from '../../src/cli/program.ts';
import { repository } from '../../src/cli/project.ts';
import { run } from '../../src/cli/run.ts';
import { listBoards } from '../../src/image/board.ts';
import { scratch } from '../image/scratch.ts';

async function typed(line: string): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const args = line.split(' ').filter((word) => word !== '');
  const code = await run(args, { writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
  return { code, out, err };
}

/** Every command, subcommands too, with what is typed to call it. */
function allCommands(command: Command, typed = ''): [string, Command][] {
  return command.commands.flatMap((sub) => {
    const words = `${typed} ${sub.name()}`.trim();
    return [[words, sub] as [string, Command], ...allCommands(sub, words)];
  });
}

const commands = allCommands(await program());
const boards = await listBoards();

const help = suite('help');

help('lists every verb with its summary', async () => {
  const bare = await typed('');
  assert.equal([bare.code, bare.err], [0, '']);
  for (const name of await verbNames()) assert.match(bare.out, new RegExp(`^  ${name} .*\\w`, 'm'));
  assert.is((await typed('help')).out, bare.out);
  assert.is((await typed('--help')).out, bare.out);
});

for (const [words, command] of commands) {
  help(`of ${words} is had in three ways`, async () => {
    const asked = await typed(`${words} --help`);
    assert.is(asked.code, 0);
    assert.match(asked.out, `Usage: plait ${words} `);
    assert.is((await typed(`help ${words}`)).out, asked.out);
    assert.is((await typed(`${words} help`)).out, asked.out);
  });

  help(`of ${words} has one form`, async () => {
    assert.match(command.summary(), /^[a-z`].*[^.]$/, 'a summary is a phrase');
    assert.match(command.description(), /^[A-Z].*\.$/, 'a description is a sentence');
    const { out } = await typed(`${words} --help`);
    assert.not.match(out, /default: (\[\]|false)/);
    assert.not.match(out, repository, 'the same on any machine');
    for (const option of command.options) {
      assert.match(option.description, /^[^A-Z]|^Buildroot|^TCP/, `${option.flags} begins small`);
      assert.not.match(option.description, /\.$/, `${option.flags} is a phrase`);
      assert.not.ok(option.variadic, `${option.flags} would swallow what stands after it`);
    }
  });

  help(`of ${words} calls the board and JSON as all do`, () => {
    const flags = new Map(command.options.map(({ long, flags }) => [long, flags]));
    assert.ok(['-b, --board <name>', undefined].includes(flags.get('--board')));
    assert.ok(['--json', undefined].includes(flags.get('--json')));
    if (command.commands.length === 0 && !NOT_JSON.has(words)) assert.ok(flags.has('--json'));
  });
}

/** Terminals, and a script. */
const NOT_JSON = new Set(['boot', 'console', 'completion']);

help('of cost keeps its columns, and tells cases apart', async () => {
  const { out } = await typed('cost --help');
  const rows = [...out.slice(out.indexOf('Names:')).matchAll(/^ {2}([\w-]+) +(.+)$/gm)];
  assert.ok(rows.length > 20);
  assert.is(
    new Set(rows.map(([row]) => row?.search(/\S+$|(?<= {2})\S/))).size,
    1,
    'titles begin in one column',
  );
  assert.is(new Set(rows.map(([, , title]) => title)).size, rows.length, 'no title stands twice');
  assert.match(out, /router-many .*10,000 sessions/);
});

help.run();

const wrong = suite('wrong use');

/** Exit code 2, one line that begins as all do, and nothing else. */
function refuses(line: string, message: string): void {
  wrong(`plait ${line}`, async () => {
    const { code, out, err } = await typed(line);
    assert.is(err, `plait: ${message}\n`);
    assert.equal([code, out], [2, '']);
  });
}

refuses('imag', "unknown command 'imag'; did you mean image?");
refuses('image --bord alix', "unknown option '--bord'; did you mean --board?");
refuses('image alix', "too many arguments for 'image'. Expected 0 arguments but got 1.");
refuses(
  'image --engine yocto',
  "option '--engine <name>' argument 'yocto' is invalid. Allowed choices are auto, buildroot, debian.",
);
refuses(
  'image --toolchain mine',
  "option '--toolchain <kind>' argument 'mine' is invalid. Allowed choices are external, internal.",
);
refuses(
  'image --jobs many',
  "option '--jobs <n>' argument 'many' is invalid. It must be a whole number from 1 to 9999.",
);
refuses('image --board alx', `unknown board 'alx'; did you mean 'alix'? Boards: ${boards.join(', ')}`);
refuses('image --engine buildroot --overrides /nope', '--overrides: there is no file /nope');
refuses(
  'image --engine debian --overrides /nope',
  '--overrides is for engine buildroot, not for engine debian; say --engine buildroot too',
);
refuses(
  'image --engine debian --toolchain internal',
  '--toolchain is for engine buildroot, not for engine debian; say --engine buildroot too',
);
refuses('image --engine buildroot --buildroot /nope', '--buildroot: there is no directory /nope');
refuses('image --mirror /nope', '--mirror: there is no directory /nope');
refuses('image --mirror /etc/passwd', '--mirror: /etc/passwd is not a directory');
refuses('mirror', "missing required argument 'dir'");
refuses(
  'mirror --engine debian --toolchain internal /tmp/never-made',
  '--toolchain is for engine buildroot, not for engine debian; say --engine buildroot too',
);
refuses('boot --image /nowhere', '--image: there is no file /nowhere');
refuses(
  'boot --card big',
  "option '--card <size>' argument 'big' is invalid. A card size is a number and K, M or G, as in 512M or 4G.",
);
refuses('cost --image /nowhere', '--image: there is no file /nowhere');
refuses(
  'cost plait-2-wieghted',
  'there is nothing called plait-2-wieghted to measure. Did you mean plait-2-weighted?',
);
refuses(
  'cost --rounds 0',
  "option '--rounds <n>' argument '0' is invalid. It must be a whole number from 1 to 99.",
);
refuses('lab two-uplinks', "'two-uplinks' is for running; did you mean 'plait lab run two-uplinks'?");
refuses(
  'lab two-uplinks --quick',
  "'two-uplinks' is for running; did you mean 'plait lab run two-uplinks --quick'?",
);
refuses('lab --quick', "'--quick' is for running; did you mean 'plait lab run --quick'?");
refuses('lab rn', "there is no 'plait lab rn'; did you mean 'plait lab run'?");
refuses('lab --frob', "unknown option '--frob'");
refuses('lab run', "name an experiment, or say --all or --quick; 'plait lab' lists them");
refuses('bundle verify', "required option '--key <file>' not specified");

wrong('a board that is not there is told before a mirror is made', async () => {
  const dir = join(scratch(), 'mirror');
  const { code, err } = await typed(`mirror --board alix --board alxi ${dir}`);
  assert.match(err, /^plait: unknown board 'alxi'; did you mean 'alix'\?/);
  assert.is(code, 2);
  assert.not.ok(existsSync(dir));
});

wrong('the board of a mirror swallows nothing', async () => {
  const mirror = (await program('mirror')).commands.find((sub) => sub.name() === 'mirror');
  mirror?.action(() => undefined).parse(['--board', 'alix', '-b', 'apu', '/srv/x'], { from: 'user' });
  assert.equal(mirror?.args, ['/srv/x']);
  assert.equal(mirror?.opts().board, ['alix', 'apu']);
});

wrong('a folder that is no tree of Buildroot is told before the network is asked', async () => {
  process.env.PLAIT_CACHE = scratch();
  const { code, err } = await typed('image --engine buildroot --buildroot /etc --offline');
  delete process.env.PLAIT_CACHE;
  assert.is(err, 'plait: /etc is not a tree of Buildroot: no Makefile with BR2_VERSION\n');
  assert.is(code, 2);
});

wrong.run();
