// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './recipe.ts';

/** What `ip` knows of plait devices, and the header that it reads. */
const plait = { 'ip/iplink_plait.c': 'iproute2/iplink_plait.c', 'kmod/uapi/plait.h': 'kmod/uapi/plait.h' };

/** ip, tc, bridge and ss; without what needs libmnl, libbpf or libelf. */
export const iproute2: Recipe = {
  name: 'iproute2',
  source: { name: 'iproute2', range: '>=6.1', releases: ['trixie', 'bookworm'] },
  license: { spdx: 'GPL-2.0-or-later', files: ['COPYING'] },
  files: Object.values(plait).map((file) => `../../${file}`),
  async build(b) {
    const { cc, ar, cflags, ldflags } = b.target;
    for (const [to, from] of Object.entries(plait))
      await b.run(['install', '-D', '-m644', b.file(`../../${from}`), join(b.src, to)]);
    // It loads no libraries: link_plait.so is a part of it.
    await b.edit('ip/Makefile', 'IPOBJ=', 'IPOBJ=iplink_plait.o ');
    // Its ./configure asks the build machine; these are the answers for the board.
    const answers = [
      'TC_CONFIG_NO_XT:=y',
      'HAVE_SETNS:=y',
      'CFLAGS += -DHAVE_SETNS -DHAVE_HANDLE_AT',
      '%.o: %.c',
    ];
    const rules = ['\t$(QUIET_CC)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) -c -o $@ $<'];
    await writeFile(join(b.src, 'config.mk'), `${[...answers, ...rules].join('\n')}\n`);
    const tools = [
      `CC=${cc}`,
      `AR=${ar}`,
      'HOSTCC=gcc',
      'SHARED_LIBS=n',
      'WFLAGS=',
      `CCOPTS=${cflags.join(' ')}`,
    ];
    const flags = [...tools, `LDFLAGS=${ldflags.join(' ')}`];
    await b.make([flags, 'SUBDIRS=lib ip tc bridge']);
    await b.make([flags, 'SUBDIRS=misc', 'TARGETS=ss']);
    await b.install({
      'ip/ip': 'usr/sbin/ip',
      'tc/tc': 'usr/sbin/tc',
      'bridge/bridge': 'usr/sbin/bridge',
      'misc/ss': 'usr/sbin/ss',
    });
  },
};
