// SPDX-License-Identifier: MIT
/** What becomes of an upgraded board: a version that does not work goes, and power cuts do not take a good one away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { keyDir, signingKey } from '../../src/image/bundle/signing-key.ts';
import { emulatorPackages } from '../../src/machine/firmware.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { BundleDisk } from './bundles.ts';
import { BOOT_TIMEOUT, Guest, SECONDS } from './guest.ts';
import { shippedImage } from './images.ts';
import { deafDhcpClient, proofTime } from './slot-faults.ts';
import { slotOf } from './updates.ts';

await needs(...emulatorPackages('bios'));

const CONFIG = `version: 1
hostname: shop
lan: { ports: [eth0], address: 192.168.7.1/24 }
uplinks:
  wan: { port: eth1, address: dhcp }
`;
const UPGRADE = 120 * SECONDS;
const PROOF = 240 * SECONDS;

interface Scene {
  folder: string;
  disk: BundleDisk;
  board: Guest;
}

const upgraded = suite<Scene>('A board that was upgraded');

upgraded.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-upgraded-'));
  const image = await shippedImage('alix');
  const key = await signingKey(keyDir(), { mustExist: true });
  const { name, title } = image.board;
  const bundle = async (version: string, alter: (root: string) => Promise<void>) =>
    makeBundle(
      {
        board: { name, title },
        version,
        slot: await slotOf(image, scene.folder, { build: version, alter }),
        epoch: 1_700_000_000,
      },
      key,
    );
  scene.disk = await BundleDisk.make(join(scene.folder, 'bundles.img'), {
    bad: await bundle('99.1.0', async (root) => {
      await deafDhcpClient(root);
      await proofTime(75)(root);
    }),
    good: await bundle('99.2.0', async () => {}),
  });
  scene.board = await Guest.start({
    name: 'upgraded',
    image,
    disk: scene.disk.path,
    plugs: [{ to: 'nothing' }, { to: 'user' }],
  });
  await scene.board.boot();
  await scene.board.configure(CONFIG);
  await scene.board.untilStatus(
    'the uplink is up',
    ({ uplinks }) => uplinks[0]?.state === 'up',
    60 * SECONDS,
  );
  await untilSlots(scene.board, /^a .* running, confirmed/m);
});
upgraded.after(async ({ board, folder }) => {
  await board?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function untilSlots(board: Guest, wanted: RegExp): Promise<string> {
  return board.until('plaitctl slots', (output) => wanted.test(output), PROOF);
}

async function startedSlot(board: Guest): Promise<string | undefined> {
  const { groups } = await board.console.expect(/starting slot ([ab])/, { timeout: 2 * BOOT_TIMEOUT });
  return groups[0];
}

/** Sends a bundle as SSH does, by the standard input. */
async function upgrade({ board, disk }: Scene, name: string): Promise<void> {
  await board.ask(`${disk.printed(name)} | plaitctl upgrade --reboot later -`, UPGRADE);
  await board.console.sendLine('reboot');
  assert.is(await startedSlot(board), 'b');
}

const CONFIRMED = 'cat /data/plait/config/*.yaml /data/plait.yaml | sha256sum';

upgraded(
  'goes back from a version with which an uplink does not work any more, and says why',
  async (scene) => {
    const { board } = scene;
    const before = await board.ask(CONFIRMED);
    await upgrade(scene, 'bad');
    assert.is(await startedSlot(board), 'a', 'by itself');
    await board.up();
    const told = await untilSlots(board, /^b .* failed/m);
    assert.match(told, 'slot b failed: what worked before does not work: uplink wan');
    assert.is(await board.ask(CONFIRMED), before, 'its configuration, byte for byte');
    await board.untilStatus('the uplink is up', ({ uplinks }) => uplinks[0]?.state === 'up', 60 * SECONDS);
  },
);

upgraded('keeps a version that works, though the power goes three times in a row', async (scene) => {
  const { board } = scene;
  await untilSlots(board, /^a .* running, confirmed/m);
  await upgrade(scene, 'good');
  await board.up();
  await untilSlots(board, /^b .* running, confirmed/m);
  for (let cut = 0; cut < 3; cut++) {
    await board.machine.reset();
    assert.is(await startedSlot(board), 'b', `cut ${cut}`);
  }
  await board.machine.reset();
  assert.is(await startedSlot(board), 'a', 'it has no tries left');
  await board.up();
  await untilSlots(board, /^b .* recalled, starts next +3$/m);
  await board.console.sendLine('reboot');
  assert.is(await startedSlot(board), 'b');
  await board.up();
  await untilSlots(board, /^b .* running, confirmed +3$/m);
});

upgraded.run();
