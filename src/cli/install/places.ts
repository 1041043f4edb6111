// SPDX-License-Identifier: MIT
/** Where a command's files belong below a prefix, as shells and man(1) look for them. */
import { dirname, join } from 'node:path';
import type { Shell } from '../reference/scripts.ts';

/** For everybody when root installs, else for this user alone. */
export function defaultPrefix(home: string, uid = process.getuid?.()): string {
  return uid === 0 ? '/usr/local' : join(home, '.local');
}

/** Below the prefix. */
export const places = {
  command: 'bin/plait',
  manual: 'share/man/man1',
  completion: {
    bash: 'share/bash-completion/completions/plait',
    zsh: 'share/zsh/site-functions/_plait',
    fish: 'share/fish/vendor_completions.d/plait.fish',
  } satisfies Record<Shell, string>,
} as const;

/** What a person must do besides, where a shell does not look below this prefix by itself. */
export function hints(prefix: string, home: string, env: NodeJS.ProcessEnv): string[] {
  const bin = join(prefix, 'bin');
  const share = join(prefix, 'share');
  const zsh = join(prefix, dirname(places.completion.zsh));
  const fish = join(prefix, dirname(places.completion.fish));
  const has = (list: string | undefined, dir: string) => (list ?? '').split(':').includes(dir);
  const isData = share === (env.XDG_DATA_HOME || join(home, '.local/share')) || has(env.XDG_DATA_DIRS, share);
  return [
    ...(has(env.PATH, bin) ? [] : [`${bin} is not in PATH: add it, in ~/.profile`]),
    ...(prefix === '/usr/local' ? [] : [`zsh: say fpath+=(${zsh}) in ~/.zshrc, before compinit`]),
    ...(isData ? [] : [`fish: say set --append fish_complete_path ${fish} in config.fish`]),
    ...(isData || prefix === '/usr/local'
      ? []
      : [`bash: say source ${join(prefix, places.completion.bash)} in ~/.bashrc`]),
  ];
}
