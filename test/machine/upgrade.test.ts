// SPDX-License-Identifier: MIT
/** The emulated board is upgraded by its own command line: a power cut, a good bundle, its trial, and bundles that are refused. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { SlotStatus } from '../../src/agent/commands/slots.ts';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { keyDir, signingKey } from '../../src/image/bundle/signing-key.ts';
import { emulatorPackages } from '../../src/machine/firmware.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';
import { suite } from '../support/suite.ts';
import { BrokenServer } from './broken-server.ts';
import { BundleDisk, shippedSlot } from './bundles.ts';
import { Guest, SECONDS } from './guest.ts';
import { shippedImage } from './images.ts';

await needs(...emulatorPackages('bios'));

const VERSION = '99.1.0';
const UPGRADE = 120 * SECONDS;
const BAD = '/tmp/bad.swu';
const GOOD = '/tmp/plait-alix.swu';
const CONFIG = `version: 1
hostname: shop
lan: { ports: [eth0], address: 192.168.7.1/24 }
uplinks:
  wan: { port: eth1, address: dhcp }
`;

interface Scene {
  folder: string;
  disk: BundleDisk;
  server: BrokenServer;
  board: Guest;
}

const upgrade = suite<Scene>('A board that is upgraded');

upgrade.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-upgrade-'));
  const image = await shippedImage('alix');
  // The key that the shipped image trusts, and one that no image does.
  const [key, strange] = [await signingKey(keyDir(), { mustExist: true }), await signingKey(scratch())];
  const { name, title } = image.board;
  const small = Buffer.from('hsqs of no consequence');
  const bundle = (more: { version?: string; slot?: Buffer; board?: string }, by = key) =>
    makeBundle(
      {
        board: { name: more.board ?? name, title },
        version: more.version ?? VERSION,
        slot: more.slot ?? small,
        epoch: 1_700_000_000,
      },
      by,
    );
  const good = await bundle({ slot: await shippedSlot(image) });
  scene.server = await BrokenServer.start(good);
  scene.disk = await BundleDisk.make(join(scene.folder, 'bundles.img'), {
    good,
    strange: await bundle({}, strange),
    other: await bundle({ board: 'apu' }),
    older: await bundle({ version: '0.0.1' }),
  });
  scene.board = await Guest.start({
    name: 'upgrade',
    image,
    disk: scene.disk.path,
    plugs: [{ to: 'nothing' }, { to: 'user' }],
  });
  await scene.board.boot();
  await scene.board.configure(CONFIG);
  await scene.disk.put(scene.board, 'good', GOOD);
});
upgrade.after(async ({ board, folder, server }) => {
  server?.close();
  await board?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Both slots and the boot state, as the card has them. */
function hashes(board: Guest): Promise<string> {
  return board.ask('cd /run/plait/disk; sync; sha256sum slot-a slot-b state; cd', UPGRADE);
}

async function slots(board: Guest): Promise<SlotStatus[]> {
  const { slots } = JSON.parse(await board.ask('plaitctl slots --json')) as { slots: SlotStatus[] };
  return slots;
}

upgrade(
  'starts the version that it has when power fails while the other slot is written',
  async ({ board }) => {
    // The card of a real board is slow, too: 6 MB take a while.
    await board.machine.setWriteRate(400_000);
    await board.console.sendLine(`plaitctl upgrade ${GOOD}`);
    await board.console.expect(/: writing slot b/, { timeout: UPGRADE });
    await board.machine.reset();
    await board.machine.setWriteRate(0);
    const { groups } = await board.console.expect(/starting slot ([ab])/, { timeout: UPGRADE });
    assert.is(groups[0], 'a');
    await board.up();
    const [, b] = await slots(board);
    assert.equal([b?.state, b?.next, b?.triesLeft], ['empty', false, 0]);
    assert.match(await board.ask('hostname'), 'shop');
  },
);

upgrade(
  'installs a good one that it fetches, alone, and followed by whoever asks',
  async ({ board, server }) => {
    await board.untilStatus('the uplink is up', ({ uplinks }) => uplinks[0]?.state === 'up', 60 * SECONDS);
    const output = await board.ask(
      [
        `plaitctl upgrade --reboot later ${server.url} > /tmp/first 2>&1 & sleep 1`,
        'plaitctl upgrade /tmp/other.swu; echo "second: $?"',
        'plaitctl upgrade > /tmp/last; echo "last: $?"; wait; cat /tmp/first',
      ].join('\n'),
      UPGRADE,
    );
    assert.match(output, `upgrade 1 (${server.url}) is `);
    assert.match(output, /^second: 3$/m);
    assert.match(output, /^last: 0$/m);
    assert.is(server.asked.length, 2, 'it was broken off once');
    assert.ok((server.asked[1] ?? 0) > 1_000_000, `it went on at ${server.asked[1]}`);
    const done = `version ${VERSION} is in slot b; it starts with the next restart`;
    assert.match(output, done);
    assert.match(await board.ask('cat /tmp/last'), done);
    const [a, b] = await slots(board);
    assert.equal(
      [a?.running, a?.next, b?.version, b?.state, b?.next],
      [true, false, VERSION, 'installed', true],
    );
  },
);

upgrade('runs it with its configuration, on trial until it has proved good', async ({ board }) => {
  await board.console.sendLine('reboot');
  const { groups } = await board.console.expect(/starting slot ([ab])/, { timeout: UPGRADE });
  assert.is(groups[0], 'b');
  await board.up();
  assert.match(await board.ask('hostname'), 'shop');
  assert.match(await board.ask('plaitctl slots'), /^b .* running, trial/m);
  await board.until(
    'plaitctl slots',
    (output) => /^b .* running, confirmed +3$/m.test(output),
    150 * SECONDS,
  );
});

const flip = `printf '\\377' | dd of=${BAD} bs=1 conv=notrunc status=none`;
const REFUSED: [what: string, make: string, message: RegExp][] = [
  ['an empty file', `: > ${BAD}`, /is empty/],
  ['noise', `head -c 100000 /dev/urandom > ${BAD}`, /is no update bundle of Plait/],
  ['a bundle cut short', `head -c 3000000 ${GOOD} > ${BAD}`, /is cut short: 3000000 bytes came/],
  [
    'a changed byte of its system',
    `cp ${GOOD} ${BAD}; ${flip} seek=4000000`,
    /its system is not the one that was signed/,
  ],
  [
    'a changed byte of its description',
    `cp ${GOOD} ${BAD}; ${flip} seek=190`,
    /not signed with a key that this board trusts|no update bundle/,
  ],
  [
    'more than a bundle may have',
    `head -c 17100000 /dev/zero > ${BAD}`,
    /is more than the 17\.0 MB that a bundle may have/,
  ],
];

upgrade(
  'refuses what is not a good bundle for it, and changes no byte of slots and boot state',
  async ({ board, disk }) => {
    // It is confirmed: the agent has nothing to write into the boot state any more.
    await disk.put(board, 'good', GOOD);
    const before = await hashes(board);
    for (const [name, message] of [
      ['strange', /not signed with a key that this board trusts \([0-9a-f]{8}\)/],
      ['other', /the bundle is for apu, and this is alix/],
      ['older', /version 0\.0\.1; .* takes none older than .*, also not with --allow-older/],
    ] as const)
      REFUSED.push([name, `${disk.printed(name)} > ${BAD}`, message]);
    for (const [what, make, message] of REFUSED) {
      await board.ask(make);
      const { output, exitCode } = await board.shell.run(`plaitctl upgrade ${BAD}`, { timeout: UPGRADE });
      assert.is(exitCode, 1, `${what}: ${output}`);
      assert.match(output, message, what);
      assert.match(output, '; nothing was changed', what);
    }
    const { output, exitCode } = await board.shell.run(`cat ${BAD} | plaitctl upgrade -`, {
      timeout: UPGRADE,
    });
    assert.equal([exitCode, /standard input/.test(output)], [1, true], output);
    await board.ask(`rm ${BAD}`);
    assert.is(await hashes(board), before);
    assert.not.match(await board.ask('mount'), 'plait-upgrade', 'its room in RAM is free again');
  },
);

upgrade.run();
