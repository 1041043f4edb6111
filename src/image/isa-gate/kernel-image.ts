// SPDX-License-Identifier: MIT
import { gunzipSync } from 'node:zlib';
import type { Elf } from '../elf.ts';
import { BuildError } from '../errors.ts';

/** The compressed kernel inside a bzImage, unpacked: an ELF file without symbols, perhaps with relocations behind it. */
export function unpackKernel(vmlinuz: Buffer): Buffer {
  // Offsets are those of the Linux/x86 boot protocol.
  if (vmlinuz.length < 0x250 || vmlinuz.toString('latin1', 0x202, 0x206) !== 'HdrS')
    throw new BuildError('the kernel is not a bzImage');
  const start = ((vmlinuz[0x1f1] || 4) + 1) * 512 + vmlinuz.readUInt32LE(0x248);
  const payload = vmlinuz.subarray(start, start + vmlinuz.readUInt32LE(0x24c));
  if (payload.readUInt16BE(0) !== 0x1f8b)
    throw new BuildError(
      `the kernel's payload is not compressed with gzip (it begins with ${payload.toString('hex', 0, 4)}); set CONFIG_KERNEL_GZIP=y`,
    );
  return gunzipSync(payload);
}

/** Throws unless all code of the ELF file stands in `container`: proof that what is checked is what is shipped. */
export function assertContainsCode(container: Buffer, elf: Elf, bytes: Buffer, what: string): void {
  for (const { name, offset, size, executable } of elf.sections) {
    if (executable && size > 0 && container.indexOf(bytes.subarray(offset, offset + size)) < 0)
      throw new BuildError(`${what}: the code in ${name} is not that of the image's kernel`);
  }
}
