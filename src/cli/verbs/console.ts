// SPDX-License-Identifier: MIT
/** `plait console`: the serial console of a board on this terminal. */
import { Command } from 'commander';
import { Interrupted, UsageError } from '../../image/errors.ts';
import { SerialConsole } from '../../serial/console.ts';
import { ConsoleError } from '../../serial/errors.ts';
import { CodedError } from '../errors.ts';
import { interactive } from '../interactive.ts';
import { interruptible } from '../interrupt.ts';
import { firstSpeed, logOption, PORT_MEANING, portOf, type Speed, speedOption } from '../serial-options.ts';

export function command(): Command {
  return new Command('console')
    .summary('the serial console of a board, on this terminal')
    .description(
      'Finds the speed of a serial console and gives it this terminal. Ctrl-] and then q leaves, b sends a BREAK, s looks for the speed again.',
    )
    .argument('[port]', `${PORT_MEANING} (default: the only one of this machine)`)
    .addOption(speedOption())
    .addOption(logOption())
    .action(open);
}

async function open(
  named: string | undefined,
  { speed, log }: { speed: Speed; log?: string },
): Promise<void> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      'console is for people at a terminal, and this is none; plait setup drives a board by a file',
    );
  const port = portOf(named);
  const first = firstSpeed(speed);
  let shown = true;
  await interruptible(async ({ signal }) => {
    try {
      const line = await SerialConsole.open(port, first, {
        ...(log === undefined ? {} : { log }),
        // What comes at a speed that is only being tried is no text.
        onText: (text) => shown && process.stdout.write(text),
      });
      await interactive(line, process.stdin, {
        ...{ find: speed === 'auto', signal, say },
        show: (on) => {
          shown = on;
          if (on) process.stdout.write(line.unread);
        },
      });
    } catch (error) {
      if (error instanceof ConsoleError) throw new CodedError(error.message, 1);
      throw error;
    }
    if (signal.aborted) throw new Interrupted('console closed by a signal');
  });
}

/** The terminal may be in raw mode. */
function say(text: string): void {
  process.stderr.write(`plait: ${text}\r\n`);
}
