// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../code-key.ts';
import { BuildError } from '../errors.ts';
import type { Stage } from '../stage.ts';

export const squashfsFile = 'rootfs.squashfs';

export interface SquashfsStageOptions {
  /** Stage whose output holds the root file system as the directory `root`. */
  readonly rootfs: Stage;
  /** Stages that must have succeeded, though their outputs are not read: the gates. */
  readonly gates: readonly Stage[];
  /** Output: `bin/mksquashfs`. */
  readonly tools: Stage;
  /** Largest size of the result, in bytes. */
  readonly limit: number;
}

/** Output: the root file system as one squashfs, owned by root, dated by the build's epoch. */
export async function squashfsStage({ rootfs, gates, limit, tools }: SquashfsStageOptions): Promise<Stage> {
  const flags = [
    // Larger blocks gain one per cent, and the board would unpack twice as much for each page it wants.
    ['-comp', 'xz', '-b', '128K'],
    ['-all-root', '-noappend', '-no-exports', '-no-xattrs', '-no-progress', '-quiet'],
    // The kernel mounts devtmpfs over /dev; until then init's console is this one.
    ['-p', 'dev/console c 600 0 0 5 1', '-p', 'dev/null c 666 0 0 1 3'],
  ];
  return {
    id: 'squashfs',
    inputs: { flags, limit, code: await codeOf(import.meta.url) },
    deps: [rootfs, tools, ...gates],
    dated: true,
    async run(ctx) {
      const file = join(ctx.out, squashfsFile);
      const date = String(ctx.epoch);
      await ctx.exec([
        // mksquashfs takes the date from the environment or from its options, and refuses both.
        ['env', '--unset=SOURCE_DATE_EPOCH'],
        [join(ctx.output(tools), 'bin/mksquashfs'), join(ctx.output(rootfs), 'root'), file],
        flags,
        ['-mkfs-time', date, '-all-time', date, '-processors', String(ctx.jobs)],
      ]);
      const { size } = await stat(file);
      if (size > limit)
        throw new BuildError(
          `the slot's squashfs has ${size} bytes, ${size - limit} more than slot.limit in disk.yaml (${limit}) allows`,
        );
    },
  };
}
