// SPDX-License-Identifier: MIT
/**
 * coreboot with SeaBIOS, the firmware of APU boards: it has no setting that the station must change. Its lines tell board, version and
 * memory. Older ones call the version `coreboot build 20160307`, newer ones `BIOS version v4.13.0.2`; older SeaBIOS versions
 * (4.0.14, 4.0.15) print nothing of the boot menu (board/apu/README.md), so that it is not waited for.
 */

import type { SerialConsole } from '../../serial/console.ts';
import { type FirmwareDriver, type FirmwareFacts, FirmwareFault, type FirmwareOptions } from './firmware.ts';

/** Milliseconds: 2.6 s to SeaBIOS, of them 2.2 s for the memory, and the wait of its boot menu. */
const START = 30_000;
const BANNER = /PC Engines (?:PCEngines )?(apu\d\w*)\s/i;
const VERSION = /BIOS version v?([\w.-]+)/;
const BUILD = /coreboot build ([\w.-]+)/;
const MEMORY = /(\d{3,5}) MB (ECC )?DRAM/;
const STARTS = /Booting from [^\r\n]*[\r\n]/;
const NOTHING_TO_START = /No bootable device[^\r\n]*[\r\n]/;
/** F12 as terminals send it is no key of SeaBIOS' console: its boot menu takes F10. */
const BOOT_MENU = 'Press F10 key now for boot menu';
const F10 = '\x1b[21~';
/** An entry of the boot menu that starts from the network. */
const NETWORK_ENTRY = /(\d)\. (?:iPXE|PXE)[^\r\n]*[\r\n]/;

export const seaBios: FirmwareDriver = { banner: BANNER, says: /SeaBIOS \(version|Booting from/, setUp };

async function setUp(console: SerialConsole, options: FirmwareOptions): Promise<FirmwareFacts> {
  const { wanted, signal } = options;
  const waiting = { timeout: START, ...(signal && { signal }) };
  let before = '';
  if (wanted.pxe) {
    before = (await console.expect(BOOT_MENU, waiting)).before;
    await console.send(F10);
    const [number = ''] = (await console.expect(NETWORK_ENTRY, waiting)).groups;
    await console.send(number);
  }
  const started = await console.expect([STARTS, NOTHING_TO_START], waiting);
  if (started.index === 1)
    throw new FirmwareFault(
      'SeaBIOS finds nothing to start from: is the card or disk in, and was it flashed?',
    );
  return factsIn(options.banner, before + started.before);
}

function factsIn(banner: string, text: string): FirmwareFacts {
  const board = BANNER.exec(banner)?.[1]?.toLowerCase() ?? '';
  const version = (VERSION.exec(text) ?? BUILD.exec(text))?.[1];
  const [, megabytes, ecc] = MEMORY.exec(text) ?? [];
  return {
    board,
    ...(version === undefined ? {} : { bios_version: version }),
    ...(megabytes === undefined ? {} : { memory: Number(megabytes), ecc: ecc !== undefined }),
  };
}
