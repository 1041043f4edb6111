// SPDX-License-Identifier: MIT
/** The shipped images start, whatever is on their data partition, and whatever happens to a slot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeCard } from '../../src/machine/card.ts';
import { Cable, type Plug } from '../../src/machine/wiring.ts';
import { suite } from '../support/suite.ts';
import { BOOT_TIMEOUT, Guest, SECONDS, statusIn, using } from './guest.ts';
import { type ShippedImage, shippedImage, wipeSlotA } from './images.ts';

const GIB = 1_073_741_824;

const ROUTER = `version: 1
hostname: corner-shop
lan:
  ports: [eth0]
  address: 192.168.7.1/24
  dhcp: { range: 192.168.7.50-99 }
uplinks:
  wan: { port: eth1, address: dhcp }
`;

interface Scene {
  image: ShippedImage;
  folder: string;
  lan: Plug;
  board: Guest;
}

const first = suite<Scene>('A board with a fresh card of 1 GiB');

first.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-boot-'));
  scene.image = await shippedImage('alix');
  scene.lan = { to: 'cable', cable: new Cable(join(scene.folder, 'lan')) };
  const plugs: Plug[] = [scene.lan, { to: 'user' }];
  scene.board = await Guest.start({ name: 'fresh', image: scene.image, cardBytes: GIB, plugs });
  await scene.board.boot();
});
first.after(async ({ board, folder }) => {
  await board?.stop();
  rmSync(folder, { recursive: true, force: true });
});

first('comes up on safe defaults and says why, on the console and by plaitctl status', async ({ board }) => {
  saidOnConsole(board, 'safe defaults: there is no /data/plait.yaml');
  assert.match(await board.ask('plaitctl status'), 'safe defaults (there is no /data/plait.yaml)');
  assert.match(await board.ask('ip -4 addr show dev eth0'), '192.168.1.1/24');
});

first('gives an address to a host in its LAN', async ({ image, lan }) => {
  await using({ name: 'lan-host', image, plugs: [{ to: 'nothing' }, lan] }, async (host) => {
    await host.boot();
    await host.ask('ip link set eth1 up');
    assert.match(
      await host.ask('udhcpc -i eth1 -n -q -t 10 -s /bin/true', 60 * SECONDS),
      /lease of 192\.168\.1\.1\d\d obtained/,
    );
  });
});

first('has grown its data partition to the end of the card', async ({ board }) => {
  const [, blocks] =
    /^\S+\s+(\d+)/m.exec((await board.ask('df -k /data')).split('\n').slice(1).join('\n')) ?? [];
  assert.ok(Number(blocks) > 0.85 * (GIB / 1024), `/data has ${blocks} KiB on a card of 1 GiB`);
  assert.match(await board.ask('mount'), /on \/data type ext4 \(rw/);
});

first('refuses a broken plait.yaml with path and remedy, and changes nothing', async ({ board }) => {
  await board.shell.writeFile('/data/plait.yaml', ROUTER.replace('address: dhcp', 'adress: dhcp'));
  const { output, exitCode } = await board.shell.run('plaitctl apply');
  assert.is.not(exitCode, 0);
  assert.match(output, 'uplinks.wan.adress');
  assert.match(output, 'address');
  assert.match(await board.ask('ip -4 addr show dev eth0'), '192.168.1.1/24');
});

first('starts on safe defaults when plait.yaml is broken, and says what is wrong', async ({ board }) => {
  await board.reboot();
  saidOnConsole(board, 'safe defaults: /data/plait.yaml cannot be used: ');
  const { config } = await board.status();
  assert.is(config.source, 'safe defaults');
  assert.match(config.reason ?? '', 'uplinks.wan.adress');
});

first('applies a configuration, and does nothing when it is applied again', async ({ board }) => {
  await board.shell.writeFile('/data/plait.yaml', ROUTER);
  await board.ask('plaitctl check');
  await board.ask('plaitctl apply');
  await board.ask('plaitctl confirm');
  assert.is(await board.ask('hostname'), 'corner-shop');
  // The uplink's lease comes when it comes, and is a change of its own.
  await board.until(
    'plaitctl status --json',
    (output) => statusIn(output)?.uplinks[0]?.state === 'up',
    60 * SECONDS,
  );
  assert.match(await board.ask('plaitctl apply'), /nothing had to change/);
});

first('goes back by itself when a change is not confirmed in time', async ({ board }) => {
  await board.shell.writeFile('/data/plait.yaml', ROUTER.replace('192.168.7.1/24', '192.168.7.254/24'));
  await board.ask('plaitctl apply --confirm-within 5s');
  assert.match(await board.ask('ip -4 addr show dev eth0'), '192.168.7.254/24');
  const back = (output: string) => output.includes('192.168.7.1/24') && !output.includes('192.168.7.254/24');
  await board.until('ip -4 addr show dev eth0', back, 60 * SECONDS);
});

first('comes up with its configuration after a restart, uplink and all', async ({ board }) => {
  await board.shell.writeFile('/data/plait.yaml', ROUTER);
  await board.reboot();
  assert.is(await board.ask('hostname'), 'corner-shop');
  assert.match(await board.ask('ip -4 addr show dev eth0'), '192.168.7.1/24');
  await board.until('ip -4 addr show dev eth1', (output) => output.includes('10.0.2.15/24'), 60 * SECONDS);
  await board.until('ping -c 1 -W 2 10.0.2.2', (output) => output.includes(' 0% packet loss'), 30 * SECONDS);
});

first.run();

const slots = suite<{ image: ShippedImage; folder: string }>('A board with a slot that fails');

slots.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-boot-'));
  scene.image = await shippedImage('alix');
});
slots.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

slots('starts slot B at once when slot A holds no kernel that can be loaded', async ({ image, folder }) => {
  const file = join(folder, 'broken-slot-a.img');
  await makeCard(image.file, file);
  await wipeSlotA(image, file);
  await using({ name: 'slot-a-broken', image, file }, async (board) => {
    await board.console.expect('Slot a holds no kernel that can be loaded.', { timeout: BOOT_TIMEOUT });
    await board.boot();
    assert.match(await board.ask('cat /proc/cmdline'), 'plait.slot=b');
    await board.ask('plaitctl status');
  });
});

slots(
  'starts slot B when slot A was started three times and never proved healthy, and then stays with B',
  async ({ image }) => {
    await using({ name: 'slot-a-tired', image }, async (board) => {
      for (const left of [2, 1, 0]) {
        await board.console.expect(`starting slot a; tries left after this one: ${left}`, {
          timeout: BOOT_TIMEOUT,
        });
        await board.console.expect('init started', { timeout: BOOT_TIMEOUT });
        await board.machine.reset();
      }
      await board.console.expect('starting slot b; tries left after this one: 2', { timeout: BOOT_TIMEOUT });
      await board.up();
      const proved = (output: string) => output.includes('slot b is confirmed');
      // The agent must have lived for a minute.
      await board.until('logread | grep plaitd', proved, 300 * SECONDS);
      await board.machine.reset();
      await board.console.expect('starting slot b; tries left after this one: 2', { timeout: BOOT_TIMEOUT });
    });
  },
);

slots.run();

const apu = suite('The image for apu');

apu('boots to a login prompt and a plaitctl that answers', async () => {
  const image = await shippedImage('apu');
  await using({ name: 'apu', image, plugs: [{ to: 'nothing' }, { to: 'user' }] }, async (board) => {
    await board.boot();
    assert.match(await board.ask('plaitctl status'), /safe defaults/);
    assert.is(await board.ask('uname -m'), 'x86_64');
  });
});

apu.run();

/** The end of what the console printed holds the text. */
function saidOnConsole(board: Guest, text: string): void {
  assert.match(board.console.transcript.lastLines(200).join('\n'), text);
}
