// SPDX-License-Identifier: MIT
/** The line of a board whose firmware and system speak at two speeds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tinyBios } from '../../../src/factory/bios/tinybios.ts';
import { BoardLine } from '../../../src/factory/station/board-line.ts';
import { goodBoard } from '../support/bench.ts';
import { fakeTinyBios } from '../support/fake-bios.ts';

const lines = suite('the line of a board');

lines('hears the system at its speed, and the firmware again at the one that it was heard at', async () => {
  const firmware = { speed: 9600, memoryTest: 400 };
  const board = await goodBoard(3, { speed: 38400, firmware: (world) => fakeTinyBios(world, firmware) });
  const { signal } = new AbortController();
  const line = await BoardLine.open({
    ...{ port: board.port, driver: tinyBios, speed: 9600, log: `${board.port}.log`, signal },
  });
  try {
    setTimeout(() => board.power(true), 300);
    const sign = await line.firstSign(20_000);
    assert.is(sign.is, 'banner');
    await line.logIn(30_000);
    assert.is(line.speed, 38400);
    setTimeout(() => board.power(true), 1_000);
    assert.is((await line.banner(15_000)).speed, 9600);
    assert.is(line.banners, 2);
  } finally {
    await line.close();
    await board.remove();
  }
});

lines.run();
