// SPDX-License-Identifier: MIT
/** Two slots for the board made of name spaces (namespace.sh), and a bundle for it. */
import { createHash } from 'node:crypto';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { scratch } from '../../image/scratch.ts';
import type { Shell } from './shell.ts';

export const SLOT_LIMIT = 2_000_000;
export const SYSTEM = Buffer.from(`hsqs${'0123456789abcdef'.repeat(100_000)}`);

export async function hostBundle(): Promise<Buffer> {
  const board = { name: 'host', title: 'host' };
  const contents = { board, version: '1.0.0', slot: SYSTEM, epoch: 1_700_000_000 };
  return makeBundle(contents, await signingKey(scratch()));
}

/** Before the agent starts. Disk and slots are files; SWUpdate's answer is whether it is the one good bundle. */
export async function makeSlots(shell: Shell, good: Uint8Array): Promise<void> {
  await shell.run(SLOTS.replace('GOOD', createHash('sha256').update(good).digest('hex')));
}

const SLOTS = `
mkdir -p "$root/run/plait/disk" "$root/etc/plait/update-keys" "$root/usr/lib/plait"
echo '{"board":"host","ports":["eth0","eth1","eth2"],"disklayout":{"bootStateBlocks":[0,2],"slotLimit":${SLOT_LIMIT}}}' >"$root/etc/plait/board.json"
echo 'plait.slot=a' >"$folder/cmdline"
mount --bind "$folder/cmdline" "$root/proc/cmdline"
truncate -s 4096 "$root/run/plait/disk/disk"
for slot in a b; do head -c ${SLOT_LIMIT} /dev/zero | tr '\\0' "$slot" >"$root/run/plait/disk/slot-$slot"; done
echo a key >"$root/etc/plait/update-keys/a1b2c3d4e5f60718.pem"
printf '#!/bin/sh\\nexit 0\\n' >"$root/opt/plait/blockdev"
cat >"$root/usr/lib/plait/bundle-key" <<'END'
#!/bin/sh
sha256sum "$1" | grep -q ^GOOD && echo /etc/plait/update-keys/a1b2c3d4e5f60718.pem
END
chmod +x "$root/opt/plait/blockdev" "$root/usr/lib/plait/bundle-key"
`;
