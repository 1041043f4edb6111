// SPDX-License-Identifier: MIT
/** `plait factory pxe` in a network of its own, with dnsmasq and a cable to another network. Needs root, as the service does. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { cardParts } from '../../../src/agent/factory/card.ts';
import { repository } from '../../../src/cli/project.ts';
import { boardAddresses } from '../../../src/factory/pxe/bench-interface.ts';
import { toldBy } from '../../../src/factory/pxe/dnsmasq.ts';
import { BLOCK } from '../../../src/flash/sectors.ts';
import { pxeFiles } from '../../../src/image/boot/grub-config.ts';
import { cpioArchive } from '../../../src/image/cpio.ts';
import { imageBytes, MAPPED, publish } from '../../flash/images.ts';
import { needs } from '../../image/needs.ts';
import { scratch } from '../../image/scratch.ts';
import { suite } from '../../support/suite.ts';

await needs('dnsmasq-base', 'iproute2', 'curl');

const STATION = '192.168.91.1';
const CORE = Buffer.alloc(5_000, 7);
const PATIENCE = 30_000;
const FOLDER = /^plait-pxe-/;

interface Context {
  /** Network of the station, and that of the board at the other end of the cable. */
  station: string;
  board: string;
  image: Buffer;
  raw: string;
  key: string;
}

const ip = (...words: string[]) => execFileSync('ip', words).toString();
const folders = () => readdirSync(tmpdir()).filter((name) => FOLDER.test(name));
const pids = (namespace: string) => ip('netns', 'pids', namespace).trim();

const pxe = suite<Context>('plait factory pxe');

pxe.before(async (context) => {
  const archive = cpioArchive(
    Object.values(pxeFiles).map((name) => ({
      name,
      data: name === pxeFiles.core ? CORE : Buffer.alloc(100),
    })),
    'newc',
    0,
  );
  context.image = imageBytes();
  const published = await publish(join(scratch(), 'alix'), context.image, {
    others: { 'plait-alix-pxe.cpio': archive },
  });
  const [station, board] = [`plait-station-${process.pid}`, `plait-board-${process.pid}`];
  Object.assign(context, { ...published, station, board });
  for (const name of [station, board]) ip('netns', 'add', name);
  ip('-n', station, 'link', 'add', 'bench', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', board);
  ip('-n', station, 'link', 'add', 'dark', 'type', 'veth', 'peer', 'name', 'other');
  for (const [namespace, device, address] of [
    [station, 'bench', `${STATION}/24`],
    [board, 'eth0', '192.168.91.2/24'],
  ] as const) {
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'address', 'add', address, 'dev', device);
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
});
pxe.after(({ station, board }) => {
  for (const name of [station, board]) spawnSync('ip', ['netns', 'del', name]);
});

function start({ raw, key }: Context, namespace: string, device: string, image = raw) {
  const words = ['factory', 'pxe', '--interface', device, '--image', image, '--key', key];
  const argv = ['netns', 'exec', namespace, process.execPath, join(repository, 'bin/plait.mjs'), ...words];
  const child = spawn('ip', argv);
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said.text += bytes));
  return { child, said };
}

async function served(
  started: { child: ChildProcessWithoutNullStreams; said: { text: string } },
  text: RegExp,
) {
  const end = Date.now() + PATIENCE;
  while (!text.test(started.said.text)) {
    if (started.child.exitCode !== null || Date.now() > end) throw new Error(`it said: ${started.said.text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What it says when it does not serve. */
async function refused(
  context: Context,
  device: string,
  image?: string,
): Promise<{ code: number; text: string }> {
  const { child, said } = start(context, context.station, device, image);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const [code] = (await once(child, 'close')) as [number];
  clearTimeout(timer);
  return { code, text: said.text };
}

const get = (namespace: string, url: string) =>
  execFileSync('ip', ['netns', 'exec', namespace, 'curl', '-sf', '--max-time', '10', url], {
    maxBuffer: 2 ** 26,
  });

pxe('serves what boards start from and what goes on their cards, and nothing else', async (context) => {
  const { station, board, image } = context;
  const before = folders();
  const one = start(context, station, 'bench');
  try {
    await served(one, /Boards on bench start Plait 0\.1\.0 for alix from here.*Ctrl-C ends it/);
    assert.ok(get(board, `tftp://${STATION}/${pxeFiles.core}`).equals(CORE));
    assert.throws(() => get(board, `tftp://${STATION}//etc/passwd`));
    const parts = cardParts(get(board, `http://${STATION}:8069/card/`).toString());
    assert.equal(
      parts.map(({ start, blocks }) => [start * BLOCK, blocks * BLOCK]),
      MAPPED.map(({ start, length }) => [start, length]),
    );
    for (const { start, blocks, sha256 } of parts) {
      const bytes = get(board, `http://${STATION}:8069/card/${start}`);
      assert.ok(bytes.equals(image.subarray(start * BLOCK, (start + blocks) * BLOCK)));
      assert.is(createHash('sha256').update(bytes).digest('hex'), sha256);
    }
    assert.throws(() => get(board, `http://${STATION}:8069/card/../../etc/passwd`));
    // A second station on the same bench, at the other end of the cable.
    const other = start(context, board, 'eth0');
    const [code] = (await once(other.child, 'close')) as [number];
    assert.is(code, 2);
    assert.match(other.said.text, `eth0: a DHCP server answers there already, ${STATION}`);
    one.child.kill('SIGINT');
    const [ended] = (await once(one.child, 'close')) as [number];
    assert.is(ended, 0, one.said.text);
    assert.match(one.said.text, 'boards do not start from here any more');
    assert.is(pids(station), '');
    assert.equal(folders(), before);
  } finally {
    one.child.kill('SIGKILL');
  }
});

pxe('leaves no server behind when it is killed', async (context) => {
  const one = start(context, context.station, 'bench');
  await served(one, /Ctrl-C ends it/);
  one.child.kill('SIGKILL');
  await once(one.child, 'close');
  const end = Date.now() + PATIENCE;
  while (pids(context.station) !== '' && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(pids(context.station), '');
});

pxe('waits for a link, and ends when it leads to another server', async (context) => {
  const { station, board } = context;
  ip('-n', board, 'link', 'set', 'eth0', 'down');
  const one = start(context, station, 'bench');
  try {
    await served(one, /bench: no link yet/);
    ip('-n', board, 'link', 'set', 'eth0', 'up');
    await served(one, /Ctrl-C ends it/);
    ip('-n', board, 'link', 'set', 'eth0', 'down');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const argv = [
      'netns',
      'exec',
      board,
      'dnsmasq',
      '--conf-file=/dev/null',
      '--port=0',
      '--interface=eth0',
      '--bind-interfaces',
    ];
    ip('-n', board, 'link', 'set', 'eth0', 'up');
    const words = [
      '--keep-in-foreground',
      '--dhcp-range=192.168.91.50,192.168.91.60',
      '--leasefile-ro',
      `--pid-file=${join(scratch(), 'pid')}`,
    ];
    const dhcp = spawn('ip', [...argv, ...words]);
    const [code] = (await once(one.child, 'close')) as [number];
    dhcp.kill('SIGKILL');
    assert.is(code, 2, one.said.text);
    assert.match(one.said.text, 'bench: a DHCP server answers there already, 192.168.91.2');
    assert.is(pids(station), '');
  } finally {
    one.child.kill('SIGKILL');
  }
});

pxe('refuses an interface that is not there, has no address, or leads to the world', async (context) => {
  assert.match((await refused(context, 'eth9')).text, 'no network interface eth9');
  assert.match((await refused(context, 'dark')).text, 'sudo ip address add 192.168.91.1/24 dev dark');
  ip('-n', context.station, 'route', 'add', 'default', 'via', '192.168.91.2');
  const world = await refused(context, 'bench');
  ip('-n', context.station, 'route', 'del', 'default');
  assert.is(world.code, 2);
  assert.match(world.text, "this machine's default route leads over bench");
});

pxe('says what the page of the bench tells of', () => {
  const page = readFileSync(join(repository, 'docs/factory.md'), 'utf8');
  for (const text of ['no link yet', 'a DHCP server answers there already'])
    assert.match(page, `| \`${text}\` |`);
});

pxe('refuses what was not signed so', async (context) => {
  const folder = join(scratch(), 'altered');
  const other = await publish(folder, context.image, { others: { 'plait-alix-pxe.cpio': CORE } });
  writeFileSync(join(folder, 'plait-alix-pxe.cpio'), Buffer.alloc(5_000, 8));
  const { code, text } = await refused({ ...context, key: other.key }, 'bench', other.raw);
  assert.is(code, 1);
  assert.match(text, 'plait-alix-pxe.cpio is not the file that was signed');
  const none = await publish(join(scratch(), 'none'), context.image);
  assert.match((await refused(context, 'bench', none.raw)).text, 'from which boards without a card start');
});

pxe('gives addresses of its own network', () => {
  const boards = ['10.20.30.100', '10.20.30.199'];
  assert.equal(boardAddresses('eth1', '10.20.30.1', 16), { netmask: '255.255.0.0', boards });
  assert.equal(boardAddresses('eth1', '10.20.30.1', 24), { netmask: '255.255.255.0', boards });
  assert.throws(() => boardAddresses('eth1', '10.20.30.1', 30), 'a bench takes /24');
});

pxe('tells what boards do', () => {
  const mac = '00:0d:b9:12:34:56';
  assert.is(
    toldBy(`dnsmasq-dhcp: DHCPACK(eth1) 192.168.91.107 ${mac}`),
    `192.168.91.107: a board (${mac}) asks for what to start.`,
  );
  assert.is(
    toldBy('dnsmasq-tftp: sent /tmp/plait-pxe-x/vmlinuz to 192.168.91.107'),
    '192.168.91.107: has vmlinuz.',
  );
  assert.is(toldBy(`dnsmasq-dhcp: DHCPDISCOVER(eth1) ${mac}`), undefined);
});

pxe.run();
