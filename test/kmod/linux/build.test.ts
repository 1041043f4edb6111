// SPDX-License-Identifier: MIT
import { cp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inScratch, needPackages, repository, run } from '../toolchain.ts';
import { kernelHeaders } from './headers.ts';
import { SPARSE_EXCEPTIONS } from './style-exceptions.ts';

const modules = suite('kernel modules');

modules(
  "build without a warning of the compiler or of sparse against the headers of Debian's kernel, and name their aliases",
  async () => {
    const headers = await kernelHeaders();
    await needPackages(['sparse']);
    await inScratch(async (folder) => {
      await cp(join(repository, 'src/kmod'), join(folder, 'kmod'), { recursive: true });
      const source = join(folder, 'kmod/linux');
      // C=1: sparse looks at each file before it is compiled.
      const { output, code } = await run([
        'make',
        `-j${availableParallelism()}`,
        '-C',
        headers,
        `M=${source}`,
        'W=1',
        'C=1',
        'modules',
      ]);
      assert.is(code, 0, output);
      assert.match(output, /^ {2}CHECK .*plait_link\/device-leg\.c$/m, 'sparse runs');
      // What is said of the kernel's own headers is not ours to mend.
      const ours = output
        .split('\n')
        .filter((line) => /\b(?:warning|error):/i.test(line) && !line.startsWith('/usr/src/'))
        .map((line) => line.replaceAll(join(folder, 'kmod/'), ''));
      const excepted = ({ path, words = '' }: { path: string; words?: string }) =>
        ours.filter((line) => line.startsWith(path) && line.includes(words));
      const expected = SPARSE_EXCEPTIONS.flatMap(excepted);
      assert.equal(
        ours.filter((line) => !expected.includes(line)),
        [],
      );
      const unused = SPARSE_EXCEPTIONS.filter((one) => excepted(one).length === 0);
      assert.equal(unused, [], 'exceptions without a finding');

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
      const udp = await run(['/sbin/modinfo', join(source, 'plait_udp.ko')]);
      assert.match(udp.output, /^license:\s+GPL$/m);
      assert.match(udp.output, /^alias:\s+net-pf-16-proto-16-family-plait_udp$/m);
      assert.match(udp.output, /^depends:\s.*\bplait_link\b/m);
      const calibrate = await run(['/sbin/modinfo', join(source, 'plait_calibrate.ko')]);
      assert.match(calibrate.output, /^license:\s+GPL$/m);
      assert.not.match(calibrate.output, /^alias:/m, 'nothing loads it by itself');
      assert.not.match(calibrate.output, /^depends:.*plait/m);
    });
  },
);

modules.run();
