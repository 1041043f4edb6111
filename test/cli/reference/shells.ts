// SPDX-License-Identifier: MIT
/** Real shells, asked what they would offer for a line when a person presses the Tab key. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { places } from '../../../src/cli/install/places.ts';
import { scratch } from '../../image/scratch.ts';

/** What is offered for each line. `prefix` is where install-cli has installed. */
export type Ask = (lines: readonly string[], prefix: string, cwd: string) => Map<string, string[]>;

/** Milliseconds for all lines of one shell. */
const DEADLINE = 300_000;

/** Between the answers to two lines. */
const END = '=== end of one line';

function run(argv: readonly string[], cwd: string, env: Record<string, string>): string {
  const [program = '', ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    timeout: DEADLINE,
    env: { HOME: scratch(), TERM: 'dumb', LC_ALL: 'C.UTF-8', PATH: process.env.PATH ?? '', ...env },
  });
  assert.is(error, undefined);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout;
}

function answers(lines: readonly string[], output: string): Map<string, string[]> {
  const parts = output.split(`${END}\n`);
  assert.is(parts.length, lines.length + 1, output);
  const words = (part = '') => part.split('\n').filter((word) => word !== '');
  return new Map(lines.map((line, at) => [line, words(parts[at])]));
}

/** Bash splits a line into words by COMP_WORDBREAKS, which has the equals sign in it. */
export const bash: Ask = (lines, prefix, cwd) => {
  const script = [
    `source ${places.completion.bash}`,
    `cd '${cwd}'`,
    'complete -p plait > /dev/null || exit 1',
    ...lines.flatMap((line) => {
      const words = line.split(/ |(=)/).filter((word) => word !== undefined);
      return [
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
        'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()',
        '_plait',
        'printf "%s\\n" "${COMPREPLY[@]}"',
        `echo '${END}'`,
      ];
    }),
  ];
  const file = join(scratch(), 'ask.bash');
  writeFileSync(file, script.join('\n'));
  return answers(lines, run(['bash', '--norc', file], prefix, {}));
};

export const fish: Ask = (lines, prefix, cwd) => {
  const script = lines.flatMap((line) => [
    `complete --do-complete '${line}' | string split --fields 1 \\t`,
    `echo '${END}'`,
  ]);
  const env = { XDG_DATA_HOME: join(prefix, 'share'), PATH: `${prefix}/bin:${process.env.PATH}` };
  return answers(lines, run(['fish', '--command', script.join('\n')], cwd, env));
};

/**
 * zsh completes in its line editor only, so one runs in a pseudo-terminal. `compadd`, by which completers offer words, is
 * replaced by one that prints them.
 */
export const zsh: Ask = (lines, prefix, cwd) => {
  const home = scratch();
  const inner = `
    PROMPT= RPROMPT=
    fpath=(${join(prefix, 'share/zsh/site-functions')} $fpath)
    autoload -Uz compinit && compinit -u -d ${home}/dump
    zstyle ':completion:*' completer _complete
    compadd() {
      local -a found
      # Asked to fill an array for the completer itself.
      if [[ \${@[1,(i)(-|--)]} == *-[OAD]* ]]; then builtin compadd "$@"; return; fi
      builtin compadd -A found "$@"
      print -rl -- $found >> ${home}/found
      builtin compadd "$@"
    }
    finish() { print -r -- '${END}' >> ${home}/found; zle kill-whole-line; print done }
    zle -N finish
    bindkey '^I' list-choices
    bindkey '^X' finish
    cd '${cwd}'
    print ready`;
  writeFileSync(join(home, 'inner.zsh'), inner);
  const outer = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "source ${home}/inner.zsh"
    zpty -r shell seen '*ready*'
    ${lines.map((line) => `zpty -w -n shell $'${line}\\t\\x18'; zpty -r shell seen '*done*'`).join('\n    ')}
    zpty -d shell
    cat ${home}/found`;
  writeFileSync(join(home, 'outer.zsh'), outer);
  return answers(lines, run(['zsh', '-f', join(home, 'outer.zsh')], cwd, { HOME: home }));
};
