// SPDX-License-Identifier: MIT
/** Ways in which a new firmware can be broken: each alters the unpacked root of a slot. */
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32Text } from '../../src/agent/crc32.ts';

/** The agent ends at once, with exit code 7. */
export async function crashingAgent(root: string): Promise<void> {
  await script(join(root, 'usr/sbin/plaitd'), 'exit 7');
}

/** Nothing runs any more, long before the agent: what feeds the watchdog neither. Only the hardware can help. */
export async function frozenStart(root: string): Promise<void> {
  const lines = ['echo "everything stops" >/dev/console', 'kill -STOP -1', 'kill -STOP $$'];
  await script(join(root, 'etc/init.d/S05freeze'), lines.join('\n'));
}

/** It restarts at once, before it has written anything: the boot loader has to see that it does not work. */
export async function restartingStart(root: string): Promise<void> {
  await script(join(root, 'etc/init.d/S04again'), 'reboot -f');
}

/** Every module is an empty file, as after a build for another kernel or a copy that was cut. */
export async function emptyModules(root: string): Promise<void> {
  const folder = join(root, 'lib/modules');
  const modules = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ko'));
  if (modules.length === 0) throw new Error(`there are no modules in ${folder}`);
  for (const name of modules) await truncate(join(folder, name), 0);
}

/** This firmware refuses the text that was confirmed: it meets one in its place that has a key nobody knows. */
export async function refusedConfiguration(root: string): Promise<void> {
  const text = 'version: 1\nlan: { ports: [eth0], address: 192.168.7.1/24 }\nflux-capacitor: true\n';
  await writeFile(join(root, 'usr/lib/plait/refused.yaml'), text);
  const store = '/data/plait/config';
  await script(
    join(root, 'etc/init.d/S12refuse'),
    [
      'mount -t tmpfs tmpfs /data/plait/config',
      `cp /usr/lib/plait/refused.yaml ${store}/000001-0.1.0-${crc32Text(text)}.yaml`,
      `touch ${store}/started`,
    ].join('\n'),
  );
}

/** The DHCP client does nothing: an uplink that had a lease has none. */
export async function deafDhcpClient(root: string): Promise<void> {
  await script(join(root, 'sbin/udhcpc'), 'exec sleep 100000');
}

/** The agent gives the firmware so long (s) to prove itself; it looks after a minute for the first time. */
export function proofTime(seconds: number) {
  return async (root: string): Promise<void> => {
    const path = join(root, 'etc/plait/board.json');
    const facts = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...facts, proofSeconds: seconds }));
  };
}

async function script(path: string, text: string): Promise<void> {
  // It may be a link to a program that others are called by too.
  await rm(path, { force: true });
  await writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
