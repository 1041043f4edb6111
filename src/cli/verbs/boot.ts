// SPDX-License-Identifier: MIT
/** `plait boot`: a built image in the emulator, with its serial console on the terminal. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Board, type Firmware, firmwares, loadBoard } from '../../image/board.ts';
import { Interrupted, UsageError } from '../../image/errors.ts';
import { MachineError } from '../../machine/errors.ts';
import { Machine } from '../../machine/qemu.ts';
import type { Forward, Plug } from '../../machine/wiring.ts';
import { SerialConsole } from '../../serial/console.ts';
import { emulated } from '../emulated.ts';
import { imageOf } from '../images.ts';
import { boardOption, cardOption, imageOption } from '../options.ts';
import { converse, passThrough } from '../terminal.ts';

interface BootOptions {
  /** Name of the board. */
  readonly board: string;
  /** Disk image. Default: the board's, in out/. */
  readonly image?: string;
  /** What starts the boot loader. Default: the first that the board names. */
  readonly firmware?: Firmware;
  /** Size of the card in bytes. Default: the image's. */
  readonly card?: number;
  /** File for the writes to the card. */
  readonly writeLog?: string;
  /** What the ports after the first are plugged into. */
  readonly uplinks: 'user' | 'none';
  /** Ports of this host that lead to the board through its first port. */
  readonly forward: readonly Forward[];
}

/** The address of a board without configuration, on the network of its first port. */
const LAN = { network: '192.168.1.0/24', host: '192.168.1.2', board: '192.168.1.1' };

/** The verb with its options. */
export function command(): Command {
  return new Command('boot')
    .summary('boot a built image in the emulator')
    .description('Boots a built image in the emulator, with its serial console on the terminal.')
    .addOption(boardOption())
    .addOption(imageOption())
    .addOption(cardOption())
    .option('--write-log <file>', 'take down each write to the card, for `plait power-cut`')
    .addOption(
      new Option('--firmware <kind>', "what starts the boot loader (default: the board's first)").choices(
        firmwares,
      ),
    )
    .addOption(
      new Option(
        '--uplinks <kind>',
        'plug the ports after the first into a network with DHCP, or leave them alone',
      )
        .choices(['user', 'none'])
        .default('user'),
    )
    .option(
      '--forward <host:board>',
      `TCP port of this machine that leads to one of the board's LAN address ${LAN.board}, as in 2222:22; repeatable`,
      forward,
      [],
    )
    .addHelpText(
      'after',
      '\nThe image is not altered: what the board writes is lost when the emulator ends.\n' +
        'Lines piped in are typed one after the other, each when the board shows a prompt; it is switched off after the last.',
    )
    .action(boot);
}

async function boot(options: BootOptions): Promise<void> {
  const board = await loadBoard(options.board);
  const firmware = firmwareOf(board, options.firmware);
  const image = await imageOf(board, options.image);
  await emulated(say, (signal) => run(board, image, { ...options, firmware }, signal), firmware);
}

async function run(board: Board, image: string, options: BootOptions, signal: AbortSignal): Promise<void> {
  const machine = await Machine.make(
    {
      name: board.name,
      emulator: board.qemu,
      image,
      ...(options.firmware === undefined ? {} : { firmware: options.firmware }),
      ...(options.card === undefined ? {} : { cardBytes: options.card }),
      ...(options.writeLog === undefined ? {} : { writeLog: options.writeLog }),
      plugs: board.qemu.nics.map((_, port) => plug(port, options)),
    },
    { signal },
  );
  const show = (text: string) => process.stdout.write(text);
  const console = await SerialConsole.open(machine.serial, board.console.speed, { onText: show });
  const ended = machine.ended.then(() => {});
  try {
    say(`${board.title}, ${image}`);
    await machine.powerOn();
    if (process.stdin.isTTY) await passThrough(console, process.stdin, ended, say);
    else await converse(console, process.stdin, ended, signal);
  } finally {
    await console.close();
    await machine.stop();
  }
  if (signal.aborted) throw new Interrupted('stopped');
  const ending = await machine.ended;
  if (!ending.orderly) throw new MachineError(ending.message);
}

function firmwareOf(board: Board, chosen: Firmware | undefined): Firmware {
  const [first = 'bios'] = board.firmware;
  if (chosen === undefined || board.firmware.includes(chosen)) return chosen ?? first;
  throw new UsageError(
    `the image of ${board.name} has no boot loader for ${chosen}; its board.yaml has ${board.firmware.join(', ')}`,
  );
}

/** The first port is the LAN; each uplink gets a network of its own, as at two providers. */
function plug(port: number, options: BootOptions): Plug {
  if (port === 0)
    return options.forward.length > 0
      ? { to: 'user', network: LAN, forwards: options.forward }
      : { to: 'nothing' };
  if (options.uplinks === 'none') return { to: 'nothing' };
  return { to: 'user', network: { network: `10.0.${port + 1}.0/24`, host: `10.0.${port + 1}.2` } };
}

function forward(text: string, earlier: readonly Forward[]): Forward[] {
  const found = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  const [host, port] = [Number(found?.[1]), Number(found?.[2])];
  const valid = (number: number) => number >= 1 && number <= 65_535;
  if (!found || !valid(host) || !valid(port)) {
    throw new InvalidArgumentError('A forward is two TCP ports, as in 2222:22.');
  }
  return [...earlier, { host, board: port }];
}

function say(text: string): void {
  process.stderr.write(`plait: ${text}\r\n`);
}
