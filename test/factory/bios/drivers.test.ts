// SPDX-License-Identifier: MIT
/** The drivers of firmware against fakes on a pseudo-terminal, which garble all that goes over the line at a wrong speed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FirmwareFacts, FirmwareFault } from '../../../src/factory/bios/firmware.ts';
import { seaBios } from '../../../src/factory/bios/seabios.ts';
import { tinyBios } from '../../../src/factory/bios/tinybios.ts';
import { BoardLine } from '../../../src/factory/station/board-line.ts';
import { fakeSeaBios, fakeTinyBios, type SeaBiosSpec, type TinyBiosSpec } from '../support/fake-bios.ts';
import { fakeBoard } from '../support/fake-board.ts';

const tiny = suite('the driver of tinyBIOS');

interface Outcome {
  readonly facts?: FirmwareFacts;
  readonly error?: Error;
  /** Keys that are marked afterwards, and the speed that the firmware then has. */
  readonly on: string;
  readonly speed: number;
}

async function setUpTiny(spec: TinyBiosSpec, wanted = 38400): Promise<Outcome> {
  let bios: ReturnType<typeof fakeTinyBios> | undefined;
  const board = await fakeBoard({
    firmware: (world) => {
      bios = fakeTinyBios(world, spec);
      return bios;
    },
    ...{ speed: wanted, macs: [], answers: {} },
  });
  const line = await BoardLine.open({
    ...{
      port: board.port,
      driver: tinyBios,
      speed: spec.speed ?? 38400,
      log: `${board.port}.log`,
      signal: new AbortController().signal,
    },
  });
  try {
    board.power(true);
    const sign = await line.firstSign(20_000);
    if (sign.is !== 'banner') throw new Error('no banner');
    const done = await tinyBios.setUp(line.console, { ...sign, wanted: { speed: wanted } }).then(
      (facts) => ({ facts }),
      (error: Error) => ({ error }),
    );
    return { ...done, on: [...(bios?.on ?? [])].sort().join(''), speed: bios?.speed ?? 0 };
  } finally {
    await line.close();
    await board.remove();
  }
}

tiny('reads what it is, and sets LBA', async () => {
  const { facts, on } = await setUpTiny({ on: '3CRM' });
  assert.equal(facts, {
    ...{ board: 'ALIX.2', bios_version: '0.99h', bios_release: 99.08, memory: 261120 },
    ...{ lba: true, mfgpt_workaround: false, pxe: false, speed: 38400 },
  });
  assert.is(on, '3LR');
});

tiny('leaves settings that are right, and those that are none of its business', async () => {
  assert.is((await setUpTiny({ on: '3LRUP' })).on, '3LPRU');
});

for (const speedAt of ['once', 'restart'] as const)
  for (const [from, to] of [
    [9600, 38400],
    [38400, 115200],
  ] as const)
    tiny(
      `takes it from ${from} to ${to}, which holds ${speedAt === 'once' ? 'at once' : 'from the next start'}`,
      async () => {
        const { facts, error, speed } = await setUpTiny({ speed: from, speedAt }, to);
        assert.is(error, undefined);
        assert.is(facts?.speed, to);
        assert.is(speed, to);
      },
    );

tiny('says which setting it does not take', async () => {
  const { error } = await setUpTiny({ stuck: 'L' });
  assert.instance(error, FirmwareFault);
  assert.match(error?.message ?? '', /key L was pressed 12 times/);
});

tiny('says that the setup does not open', async () => {
  const { error } = await setUpTiny({ noSetup: true });
  assert.instance(error, FirmwareFault);
  assert.match(error?.message ?? '', /does not open its setup/);
});

tiny('waits for a menu that hangs no longer than it must', async () => {
  const { error } = await setUpTiny({ hangsInMenu: true });
  assert.is(error?.name, 'ConsoleTimeout');
});

tiny.run();

const sea = suite('the driver of SeaBIOS');

async function setUpSea(spec: SeaBiosSpec): Promise<FirmwareFacts> {
  const board = await fakeBoard({
    firmware: (world) => fakeSeaBios(world, spec),
    ...{ speed: 115200, macs: [], answers: {} },
  });
  const signal = new AbortController().signal;
  const line = await BoardLine.open({
    port: board.port,
    driver: seaBios,
    speed: 115200,
    log: `${board.port}.log`,
    signal,
  });
  try {
    board.power(true);
    const sign = await line.firstSign(20_000);
    if (sign.is !== 'banner') throw new Error('no banner');
    return await seaBios.setUp(line.console, { ...sign, wanted: { speed: 115200 } });
  } finally {
    await line.close();
    await board.remove();
  }
}

sea('reads board, version and memory, with a boot menu and without', async () => {
  for (const noMenu of [false, true])
    assert.equal(await setUpSea({ noMenu }), {
      board: 'apu2',
      bios_version: '4.13.0.4',
      memory: 4080,
      ecc: true,
    });
});

sea('says that there is nothing to start from', async () => {
  await setUpSea({ empty: true }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /nothing to start from/),
  );
});

sea.run();
