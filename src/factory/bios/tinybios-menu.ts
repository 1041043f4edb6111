// SPDX-License-Identifier: MIT
/**
 * The setup menu of tinyBIOS, the firmware of ALIX boards, as text and as settings. A key stands between stars when its setting
 * is on, `*3* 38400 baud`, and in brackets when it is off, `(1) 115200 baud`. (twobit.org, 2010; board/alix/README.md)
 */

/** Keys whose settings exclude each other: pressing one puts the others off. Any other key turns its setting round. */
const SPEED_KEYS: Readonly<Record<string, number>> = {
  '9': 9600,
  '2': 19200,
  '3': 38400,
  '5': 57600,
  '1': 115200,
};

/** Keys that the menu is driven by. */
export const KEY = {
  setup: 's',
  quit: 'Q',
  save: 'Y',
  lba: 'L',
  chs: 'C',
  mfgpt: 'M',
  serial: 'R',
  pxe: 'E',
} as const;

/** The last line of the menu: what follows is what a key has caused. */
export const MENU_END = /\(Q\) Quit[^\r\n]*[\r\n]/;

/** A key of the menu, and whether it stands between stars. */
const ENTRY = /([*(])([A-Z0-9])(?:([*)])) /g;

export interface Menu {
  /** Undefined: none of the speeds is marked. */
  readonly speed: number | undefined;
  /** Keys of all settings, and whether they are on. */
  readonly on: ReadonlyMap<string, boolean>;
}

export interface MenuSettings {
  readonly speed: number;
  readonly pxe: boolean;
}

/** Undefined: the text is no menu, or so damaged that settings are missing. */
export function parseMenu(text: string): Menu | undefined {
  const on = new Map<string, boolean>();
  for (const [, open, key = '', close] of text.matchAll(ENTRY))
    if ((open === '*') === (close === '*')) on.set(key, open === '*');
  const needed = [...Object.keys(SPEED_KEYS), KEY.chs, KEY.lba, KEY.mfgpt, KEY.serial, KEY.pxe];
  if (!needed.every((key) => on.has(key))) return undefined;
  const marked = Object.entries(SPEED_KEYS).filter(([key]) => on.get(key));
  return { speed: marked.length === 1 ? marked[0]?.[1] : undefined, on };
}

/**
 * The next key to press so that the menu comes nearer to what is wanted; undefined: it is as wanted. The speed comes last,
 * since all that is printed afterwards may come at another one.
 */
export function nextKey(menu: Menu, wanted: MenuSettings): string | undefined {
  if (!menu.on.get(KEY.lba)) return KEY.lba;
  // Linux hangs with it on: board/alix/README.md.
  if (menu.on.get(KEY.mfgpt)) return KEY.mfgpt;
  if (!menu.on.get(KEY.serial)) return KEY.serial;
  if (menu.on.get(KEY.pxe) !== wanted.pxe) return KEY.pxe;
  return menu.speed === wanted.speed ? undefined : speedKey(wanted.speed);
}

/** @throws RangeError for a speed that tinyBIOS has not got */
export function speedKey(speed: number): string {
  const found = Object.entries(SPEED_KEYS).find(([, one]) => one === speed);
  if (found === undefined) throw new RangeError(`tinyBIOS has no ${speed} bits per second`);
  return found[0];
}
