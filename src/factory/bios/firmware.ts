// SPDX-License-Identifier: MIT
/** What the station wants of the firmware that starts a board, whichever it is. */
import type { SerialConsole } from '../../serial/console.ts';
import type { MeasuredValue } from '../record/measurement.ts';

export interface FirmwareDriver {
  /** The first line that it prints after power-on or a restart, and that nothing else prints. */
  readonly banner: RegExp;
  /** What it prints after the banner, and nothing else prints: who came too late for the banner learns its speed by it. */
  readonly says: RegExp;
  /**
   * Begins when the banner has been seen at the console's present speed. Reads what the firmware says of the board, sets what is
   * wanted, and lets it start; returns when the firmware goes on to its boot loader, with the console at the speed that
   * the firmware has from then on.
   * @throws FirmwareFault when the firmware does not do what it should; ConsoleTimeout when it says nothing; PortGone
   */
  setUp(console: SerialConsole, options: FirmwareOptions): Promise<FirmwareFacts>;
}

export interface FirmwareOptions {
  /** The banner as it was matched, with what stood in its line before and behind. */
  readonly banner: string;
  /** Bits per second that the console has now. */
  readonly speed: number;
  readonly wanted: FirmwareSettings;
  readonly signal?: AbortSignal;
}

export interface FirmwareSettings {
  /** Bits per second of the firmware's console. */
  readonly speed: number;
  /** Start from the network, for a board without a card. Default: false. */
  readonly pxe?: boolean;
}

/** Measurements by name: the station holds them against the board's list. */
export type FirmwareFacts = Readonly<Record<string, MeasuredValue>>;

/** The firmware answers, and does not do what it should. The message is a sentence for the person at the bench. */
export class FirmwareFault extends Error {
  override name = 'FirmwareFault';
}
