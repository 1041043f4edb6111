// SPDX-License-Identifier: MIT
/**
 * Drives tinyBIOS of ALIX boards over the serial line: reads the banner and the memory test, opens the setup by `s` while the
 * memory is tested, sets what is wanted, saves, and waits for the disk's lines. The steps are a table, since each may be
 * answered in more than one way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SerialConsole } from '../../serial/console.ts';
import { ConsoleTimeout } from '../../serial/errors.ts';
import { type FirmwareDriver, type FirmwareFacts, FirmwareFault, type FirmwareOptions } from './firmware.ts';
import { KEY, MENU_END, type Menu, type MenuSettings, nextKey, parseMenu } from './tinybios-menu.ts';

/** Milliseconds for the memory test of 256 MB, at 9600 bits per second. */
const MEMORY_TEST = 20_000;
/** Milliseconds in which the menu is shown again after a key. */
const MENU = 4_000;
/** Milliseconds from the end of the memory test to the menu, when its key was taken. */
const OPENS = 2_000;
/** Milliseconds in which a menu is printed whole, at 9600 bits per second. */
const QUIET = 600;
/** Milliseconds in which the last key leaves the adapter's buffer: it must go at the speed before. */
const DRAIN = 200;
/** Milliseconds until the disk is found, or said to be missing, and the boot loader is started. */
const DISK = 30_000;
/** The same, where the lines may come at a speed that is not listened at. */
const DISK_UNHEARD = 8_000;
/** Milliseconds for the firmware to say whether it saves, and to write its flash memory. */
const SAVE = 5_000;
/** Letters of the banner's version are its releases: 0.99h is the eighth of 0.99. */
const BANNER = /PC Engines (ALIX\.\d\w?) v(\d+)\.(\d+)([a-z]?)\s/;
const EXTENDED = /(\d{4,7}) KB Extended Memory/;
const MENU_TITLE = /BIOS setup:/;
/** `Save changes Y/N` or words of other releases; Y is the answer to all. */
const SAVE_QUESTION = /Y\s*\/\s*N/i;
/** The disk's geometry, or that there is none: the last that it says before the boot loader. */
const STARTS = /(?:Phys C\/H\/S |No boot device|PXE-\d)[^\r\n]*[\r\n]/;
/** A key that does not change its setting when pressed this often never will. */
const MOST_KEYS = 12;

export const tinyBios: FirmwareDriver = { banner: BANNER, says: /KB Extended Memory|Phys C\/H\/S/, setUp };

async function setUp(console: SerialConsole, options: FirmwareOptions): Promise<FirmwareFacts> {
  const wanted = { speed: options.wanted.speed, pxe: options.wanted.pxe ?? false };
  const facts = bannerFacts(options.banner);
  // The key is taken at any time of the memory test, and lost before it.
  await console.send(KEY.setup);
  const memory = await console.expect([EXTENDED, MENU_TITLE], waiting(MEMORY_TEST, options));
  const kilobytes = memory.index === 0 ? memory.groups[0] : EXTENDED.exec(memory.before)?.[1];
  if (memory.index === 0) await openMenu(console, options);
  const menu = await settle(console, wanted, options);
  await save(console, options);
  await goesOn(console, wanted, options);
  return {
    ...facts,
    ...(kilobytes === undefined ? {} : { memory: Number(kilobytes) }),
    lba: menu.on.get(KEY.lba) === true,
    mfgpt_workaround: menu.on.get(KEY.mfgpt) === true,
    pxe: menu.on.get(KEY.pxe) === true,
    speed: wanted.speed,
  };
}

/** `0.99h` is also told as the number 99.08, which limits can be held against. */
function bannerFacts(banner: string): FirmwareFacts {
  const [, board = '', major = '', minor = '', letter = ''] = BANNER.exec(banner) ?? [];
  const release = letter === '' ? 0 : letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1;
  return {
    board,
    bios_version: `${major}.${minor}${letter}`,
    bios_release: Number(major) * 100 + Number(minor) + release / 100,
  };
}

async function openMenu(console: SerialConsole, options: FirmwareOptions): Promise<void> {
  for (const sendAgain of [true, false]) {
    try {
      await console.expect(MENU_TITLE, waiting(OPENS, options));
      return;
    } catch (error) {
      if (!(error instanceof ConsoleTimeout)) throw error;
      if (sendAgain) await console.send(KEY.setup);
    }
  }
  throw new FirmwareFault(
    'tinyBIOS does not open its setup: switch the board off and on; is its key s reaching it (receive and transmit crossed)?',
  );
}

/** Presses keys until the menu shows what is wanted. */
async function settle(console: SerialConsole, wanted: MenuSettings, options: FirmwareOptions): Promise<Menu> {
  let menu = await shown(console, options);
  for (let pressed = 0; pressed < MOST_KEYS; pressed++) {
    const key = nextKey(menu, wanted);
    if (key === undefined) return menu;
    await console.send(key);
    menu = await shownAtSomeSpeed(console, wanted, options);
  }
  throw new FirmwareFault(
    `tinyBIOS does not take its settings: key ${nextKey(menu, wanted)} was pressed ${MOST_KEYS} times`,
  );
}

/** Some releases change their speed at once, others when they start again: both show the menu at one of the two. */
async function shownAtSomeSpeed(
  console: SerialConsole,
  wanted: MenuSettings,
  options: FirmwareOptions,
): Promise<Menu> {
  try {
    return await shown(console, options);
  } catch (error) {
    if (!(error instanceof ConsoleTimeout) || wanted.speed === options.speed) throw error;
    await console.setSpeed(wanted.speed);
    console.discard();
    // No key of the menu: it is shown again, and nothing changes.
    await console.send('\r');
    return shown(console, options);
  }
}

/** The last menu: a key that was sent twice shows it twice, and the first of them is old. */
async function shown(console: SerialConsole, options: FirmwareOptions): Promise<Menu> {
  let found = await console.expect(MENU_END, waiting(MENU, options));
  try {
    for (;;) found = await console.expect(MENU_END, waiting(QUIET, options));
  } catch (error) {
    if (!(error instanceof ConsoleTimeout)) throw error;
  }
  const menu = parseMenu(found.before + found.text);
  if (menu === undefined)
    throw new FirmwareFault('the setup of tinyBIOS came damaged: is the serial cable whole?');
  return menu;
}

async function save(console: SerialConsole, options: FirmwareOptions): Promise<void> {
  await console.send(KEY.quit);
  await console.expect(SAVE_QUESTION, waiting(SAVE, options));
  await console.send(KEY.save);
}

/** The disk's lines. Where the speed was changed, they may come at either: who logs in then looks for it. */
async function goesOn(console: SerialConsole, wanted: MenuSettings, options: FirmwareOptions): Promise<void> {
  const changed = wanted.speed !== options.speed;
  if (changed) {
    await sleep(DRAIN);
    await console.setSpeed(wanted.speed);
  }
  try {
    await console.expect(STARTS, waiting(changed ? DISK_UNHEARD : DISK, options));
  } catch (error) {
    if (!changed || !(error instanceof ConsoleTimeout)) throw error;
  }
}

function waiting(timeout: number, { signal }: FirmwareOptions) {
  return { timeout, ...(signal && { signal }) };
}
