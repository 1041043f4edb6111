// SPDX-License-Identifier: MIT
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import { converse } from '../../src/cli/terminal.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { pair } from '../serial/pty.ts';

const lines = suite('converse');

lines('types each line at its prompt, and declines the offer of setup, which no line is for', async () => {
  const wire = await pair();
  const console = await SerialConsole.open(wire.path, 38400);
  const board = await SerialConsole.open(wire.far, 38400);
  const hears = async (text: string, says: string) => {
    await board.expect(text, { timeout: 10_000 });
    await board.send(says);
  };
  try {
    const never = new Promise<void>(() => {});
    const input = Readable.from(['root\n', 'secret\n', 'sync\n', 'plaitctl setup\n', 'corner-shop\n']);
    const typed = converse(console, input, never, AbortSignal.timeout(20_000));
    await board.send('board login: ');
    await hears('root\r', '\r\nPassword: ');
    // The message of the day speaks of a password too.
    await hears(
      'secret\r',
      '\r\nWARNING: root has no password: anybody can log in\r\nSet up now? [setup] [n]: ',
    );
    await hears('\r', '\r\nroot@board:~# ');
    await hears('sync\r', '\r\nroot@board:~# ');
    await hears('plaitctl setup\r', '\r\nName of the board\r\n[hostname] [plait]: ');
    await hears('corner-shop\r', '\r\nroot@board:~# ');
    await typed;
  } finally {
    await console.close();
    await board.close();
    await wire.remove();
  }
});

lines.run();
