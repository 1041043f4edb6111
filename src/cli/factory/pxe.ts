// SPDX-License-Identifier: MIT
/** `plait factory pxe`: starts boards without a card over the network of the bench. */
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { benchInterface } from '../../factory/pxe/bench-interface.ts';
import { readBootFiles } from '../../factory/pxe/boot-files.ts';
import { dnsmasqProgram } from '../../factory/pxe/dnsmasq.ts';
import { serveBoards } from '../../factory/pxe/serve.ts';
import { loadImage } from '../../flash/source-image.ts';
import { loadBoard } from '../../image/board.ts';
import { pxeArchive } from '../../image/boot/pxe-stage.ts';
import { UsageError } from '../../image/errors.ts';
import { imageKeys } from '../image-trust.ts';
import { imageOf } from '../images.ts';
import { interruptible } from '../interrupt.ts';
import { boardOption, imageOption, jsonOption } from '../options.ts';

interface PxeFlags {
  readonly board: string;
  readonly image?: string;
  readonly key: readonly string[];
  readonly interface: string;
  readonly json: boolean;
}

export function pxeCommand(): Command {
  return new Command('pxe')
    .summary('start boards without a card over the network of the bench')
    .description(
      'Gives boards addresses and their system by PXE, on one network interface, until Ctrl-C. It refuses a network with another DHCP ' +
        'server. Only images that one of your keys has signed are served. It takes root, for the ports of DHCP and TFTP.',
    )
    .addOption(boardOption())
    .addOption(imageOption())
    .option(
      '--key <file>',
      'the public key that the image is signed with, in PEM form; repeatable (default: your own and those you trust)',
      (word, earlier: readonly string[]) => [...earlier, word],
      [],
    )
    .requiredOption('--interface <name>', 'the network interface that only the bench hangs on, as in eth1')
    .addOption(jsonOption('tell what happens as lines of JSON'))
    .action(pxe);
}

async function pxe({ board: name, image: named, key, interface: device, json }: PxeFlags): Promise<void> {
  const board = await loadBoard(name);
  if (!board.firmware.includes('bios'))
    throw new UsageError(`board ${name} has no BIOS, which alone starts from the network here`);
  dnsmasqProgram();
  if (process.getuid?.() !== 0)
    throw new UsageError('the ports of DHCP and TFTP are for root: say it again with sudo');
  await interruptible(async ({ signal }) => {
    const bench = await benchInterface(device, signal);
    const path = await imageOf(board, named);
    const keys = await imageKeys(key, signal);
    const image = await loadImage(path, { keys, unsigned: false }, signal);
    if (image.board !== name)
      throw new UsageError(`${path} is the image of board ${image.board}, not of ${name}`);
    const boot = await readBootFiles(join(dirname(path), pxeArchive(`plait-${name}`)), keys);
    const say = (text: string) =>
      json ? console.log(JSON.stringify({ event: 'pxe', text })) : console.error(text);
    say(`Looking for another DHCP server on ${device} ...`);
    try {
      await serveBoards({
        ...{ bench, boot, image, say, signal },
        serving: () =>
          say(
            `Boards on ${device} start Plait ${image.version ?? ''} for ${name} from here (${bench.address}; they get ` +
              `${bench.boards.join(' to ')}). Ctrl-C ends it.`,
          ),
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    say('Ended: boards do not start from here any more.');
  });
}
