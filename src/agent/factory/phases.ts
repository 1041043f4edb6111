// SPDX-License-Identifier: MIT
/** Every phase of the factory test that the board measures itself. */
import { stationStart } from '../station-start.ts';
import type { BoardPhase } from './board-phase.ts';
import { button } from './button.ts';
import {
  calibrateCipher,
  calibrateClock,
  calibrateForward,
  calibratePlait,
  calibrateSystem,
  calibrateX25519,
} from './calibrate.ts';
import { card } from './card.ts';
import { cpu } from './cpu.ts';
import { boardKey, giveIdentity } from './give-identity.ts';
import { macs, pci, rtc, temperature, usb } from './hardware.ts';
import { leds } from './leds.ts';
import { load } from './load.ts';
import { memory } from './memory.ts';
import { nics } from './nics.ts';
import { storage } from './storage.ts';

export const BOARD_PHASES: Readonly<Record<string, BoardPhase>> = {
  /** Only which board it is, which start of it, and whether that was over the network. */
  board: ({ ports }) => (stationStart(ports.files) === undefined ? {} : { network: true }),
  ...{ cpu, ram: memory, storage, nics, macs, temperature, rtc, pci, usb, leds, button, load },
  finalize: giveIdentity,
  /** Before it, for the identity. */
  key: boardKey,
  /** For a board that was started over the network, before its list. */
  card,
  /** For `plait factory calibrate`: no list has them. */
  'calibrate-system': calibrateSystem,
  'calibrate-clock': calibrateClock,
  'calibrate-cipher': calibrateCipher,
  'calibrate-x25519': calibrateX25519,
  'calibrate-forward': calibrateForward,
  'calibrate-plait': calibratePlait,
};
