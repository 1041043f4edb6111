// SPDX-License-Identifier: MIT
/** A board for tests of drivers: a login and a real shell on a pseudo-terminal, with a plaitctl that says what it is told to. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shell, type Wire } from './pty.ts';

export interface FakeBoard {
  readonly wire: Wire;
  /** The arguments of plaitctl, and the answers that it got; undefined: it was not called. */
  seen(): { words: string; answers: string } | undefined;
  /** The bundle that it got. */
  bundle(): Buffer;
  /** Whether it was told to restart the board. */
  restarted(): boolean;
  /** Whether the shell was ended, so that the console asks for a login again. */
  loggedOut(): boolean;
  remove(): Promise<void>;
}

export interface BoardSpec {
  /** Of root; absent: none. */
  readonly password?: string;
  /** What plaitctl prints and ends with; absent: there is no plaitctl. */
  readonly setup?: { readonly prints: string; readonly code: number };
  /** As setup, for `plaitctl upgrade -`; `job`: what `plaitctl upgrade --json` prints then. `restarts`: exit code of `plaitctl reboot`. */
  readonly upgrade?: {
    readonly prints: string;
    readonly code: number;
    readonly job: object;
    readonly restarts?: number;
  };
}

export async function fakeBoard({ password = '', setup, upgrade }: BoardSpec): Promise<FakeBoard> {
  const folder = mkdtempSync(join(tmpdir(), 'plait-board-'));
  const script = (name: string, text: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}`);
    chmodSync(join(folder, name), 0o755);
  };
  if (setup) {
    writeFileSync(join(folder, 'prints'), setup.prints);
    script(
      'plaitctl',
      `echo "$*" >${folder}/words\nfor last; do :; done\ncat "$last" >${folder}/answers\ncat ${folder}/prints\nexit ${setup.code}\n`,
    );
  }
  if (upgrade) {
    writeFileSync(join(folder, 'prints'), upgrade.prints);
    writeFileSync(join(folder, 'job'), JSON.stringify(upgrade.job));
    script('plaitctl', plaitctlUpgrade(folder, upgrade.code, upgrade.restarts ?? 0));
  }
  if (setup || upgrade) writeFileSync(join(folder, 'release'), 'board=alix\nversion=0.1.0\nbuild=1\n');
  // Where the shell of a board finds what a host has not got.
  writeFileSync(
    join(folder, 'env'),
    `cat() { if [ "$1" = /etc/plait-release ]; then command cat ${folder}/release; else command cat "$@"; fi; }\n`,
  );
  script('login', LOGIN);
  const wire = await shell(
    `env TMPDIR=${folder} PATH=${folder}\\:/usr/bin\\:/bin PASSWORD=${password} ENV=${folder}/env LOGGED_OUT=${folder}/logged-out ${folder}/login`,
  );
  return {
    wire,
    seen() {
      if (!existsSync(join(folder, 'words'))) return undefined;
      const [words = '', answers = ''] = ['words', 'answers'].map((name) =>
        readFileSync(join(folder, name), 'utf8'),
      );
      return { words: words.trim(), answers };
    },
    bundle: () => readFileSync(join(folder, 'answers')),
    restarted: () => existsSync(join(folder, 'restarted')),
    loggedOut: () => existsSync(join(folder, 'logged-out')),
    async remove() {
      await wire.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

const plaitctlUpgrade = (folder: string, code: number, restarts: number) => `
case "$1 $2" in
'upgrade --json') cat ${folder}/job; exit ${code} ;;
'reboot ') touch ${folder}/restarted; echo 'an apply waits'; exit ${restarts} ;;
esac
echo "$*" >${folder}/words
cat >${folder}/answers
cat ${folder}/prints
exit ${code}
`;

const LOGIN = `
wanted=$PASSWORD
unset PASSWORD
export PS1='root@board:~# '
while :; do
  printf '\\nPlait 0.1.0 on a fake board\\n\\nboard login: '
  read -r name || exit
  name=$(printf %s "$name" | tr -d '\\014')
  [ -n "$name" ] || continue
  given=
  if [ -n "$wanted" ]; then
    stty -echo
    printf 'Password: '
    read -r given
    stty echo
    echo
  fi
  if [ "$name" = root ] && [ "$given" = "$wanted" ]; then
    sh -i
    touch "$LOGGED_OUT"
    continue
  fi
  echo 'Login incorrect'
done
`;
