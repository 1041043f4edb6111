// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { packageVersions } from '../build-machine.ts';
import { codeOf } from '../code-key.ts';
import type { Stage } from '../stage.ts';

/** Debian packages of the build machine that the stage calls: qemu-img with its libraries is no small thing to unpack. */
export const qcow2HostPackages: readonly string[] = ['qemu-utils'];

/**
 * The disk for virtual machines. Output: `<name>.qcow2`. It holds the very bytes of the disk image, but its own follow from
 * the machine's qemu-img and zlib, which compress them.
 */
export async function qcow2Stage(disk: Stage, name: string): Promise<Stage> {
  return {
    id: 'qcow2',
    inputs: { name, code: await codeOf(import.meta.url) },
    machine: await packageVersions(qcow2HostPackages),
    deps: [disk],
    async run(ctx) {
      const image = join(ctx.output(disk), `${name}.img`);
      const formats = ['-f', 'raw', '-O', 'qcow2'];
      await ctx.exec(['qemu-img', 'convert', '-c', formats, image, join(ctx.out, `${name}.qcow2`)]);
    },
  };
}
