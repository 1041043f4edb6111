// SPDX-License-Identifier: MIT
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inScratch, needPackages, repository, run } from '../toolchain.ts';

/** Folder of Debian's kernel headers, of the newest kernel that is installed with them. */
async function kernelHeaders(): Promise<string> {
  await needPackages(['gcc', 'make', 'kmod', 'linux-headers-amd64']);
  const names = (await readdir('/usr/src')).filter((name) => /^linux-headers-.*-amd64$/.test(name)).sort();
  const newest = names.at(-1);
  if (newest === undefined) throw new Error('linux-headers-amd64 is installed, but /usr/src has no headers');
  return join('/usr/src', newest);
}

const modules = suite('kernel modules');

modules(
  "build without a warning against the headers of Debian's kernel, and name their aliases",
  async () => {
    const headers = await kernelHeaders();
    await inScratch(async (folder) => {
      await cp(join(repository, 'src/kmod'), join(folder, 'kmod'), { recursive: true });
      const source = join(folder, 'kmod/linux');
      const { output, code } = await run(['make', '-C', headers, `M=${source}`, 'W=1', 'modules']);
      assert.is(code, 0, output);
      assert.not.match(output, /warning/i);

      const core = await run(['/sbin/modinfo', join(source, 'plait_core.ko')]);
      assert.match(core.output, /^license:\s+GPL$/m);
      assert.match(core.output, /^alias:\s+net-pf-16-proto-16-family-plait$/m);
      const link = await run(['/sbin/modinfo', join(source, 'plait_link.ko')]);
      assert.match(link.output, /^license:\s+GPL$/m);
      assert.match(link.output, /^alias:\s+rtnl-link-plait$/m);
      assert.match(link.output, /^alias:\s+rtnl-link-plait_direct$/m);
      assert.match(link.output, /^depends:\s+plait_core$/m);
      const balance = await run(['/sbin/modinfo', join(source, 'plait_balance.ko')]);
      assert.match(balance.output, /^license:\s+GPL$/m);
      assert.match(balance.output, /^alias:\s+net-pf-16-proto-16-family-plait_balance$/m);
      assert.match(balance.output, /^depends:\s.*\bplait_core\b/m);
    });
  },
);

modules.run();
