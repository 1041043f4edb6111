// SPDX-License-Identifier: MIT
/**
 * Keeps what is known about the time: takes ntpd's reports, and saves the clock so that the next start is not before now.
 */
import { SAVED_CLOCK } from '../paths.ts';
import { errorText, type Ports, type Timer } from '../ports.ts';
import { type BootClock, isPlausible, readBootClock, readSyncedAt, writeSyncedAt } from './boot-clock.ts';
import { type ClockEvent, type ClockState, clockAfter } from './clock-states.ts';

/** One small file an hour: 9000 writes a year, which a card bears for decades. */
const SAVE_EVERY = 3600_000;
/** ntpd reports every 11 minutes; two of its reports are missing. */
const SILENCE = 25 * 60_000;
/** A server of this stratum is not synchronised itself. */
const UNSYNCHRONISED_STRATUM = 16;
const RTCS = '/sys/class/rtc';

export interface ClockReport {
  stratum: number;
  offsetMs: number;
}

export interface KnownClock {
  state: ClockState;
  /** Milliseconds since it was synchronised last. */
  syncedAgo?: number;
  /** Of the last report, while it is synchronised. */
  report?: ClockReport;
}

export class ClockKeeper {
  #ports: Pick<Ports, 'clock' | 'files' | 'log' | 'processes'>;
  #boot: BootClock;
  #state: ClockState;
  #syncedAt: number | undefined;
  #report: ClockReport | undefined;
  #saving: Timer | undefined;
  #silence: Timer | undefined;

  constructor(ports: Pick<Ports, 'clock' | 'files' | 'log' | 'processes'>) {
    this.#ports = ports;
    this.#boot = readBootClock(ports.files);
    this.#syncedAt = readSyncedAt(ports.files, ports.clock.monotonic());
    this.#state = this.#syncedAt === undefined ? this.#boot.source : 'ntp-lost';
  }

  /** Saves the clock from now on. */
  start(): void {
    this.#saving = this.#ports.clock.after(SAVE_EVERY, () => {
      this.#keep();
      this.start();
    });
  }

  stop(): void {
    this.#saving?.cancel();
    this.#silence?.cancel();
    this.#save();
  }

  get known(): KnownClock {
    const now = this.#ports.clock.monotonic();
    return {
      state: this.#state,
      ...(this.#syncedAt === undefined ? {} : { syncedAgo: now - this.#syncedAt }),
      ...(this.#state === 'ntp' && this.#report !== undefined ? { report: this.#report } : {}),
    };
  }

  /** One call of ntpd's script: its environment says which stratum it has now, and the offset that it saw in seconds. */
  take(env: Readonly<Record<string, string>>): void {
    const stratum = Number(env.stratum ?? Number.NaN);
    const offset = Number(env.offset ?? Number.NaN);
    const synchronised = stratum >= 1 && stratum < UNSYNCHRONISED_STRATUM && Number.isFinite(offset);
    // Only a server sets such a time; ntpd tells of the jump at once, and of its stratum minutes later.
    if (!isPlausible(this.#boot, this.#ports.clock.wall())) this.#happened('implausible');
    else if (synchronised) this.#synchronised({ stratum, offsetMs: offset * 1000 });
    else this.#happened('unsynchronised');
  }

  /** ntpd begins anew, perhaps with other servers. */
  clientStarted(): void {
    this.#happened('unsynchronised');
  }

  #keep(): void {
    this.#save();
    if (this.#state === 'ntp') void this.#setHardwareClock();
  }

  /** So that the next start is not before now; not when this cannot be the time. */
  #save(): void {
    const { clock, files, log } = this.#ports;
    const wall = clock.wall();
    if (this.#state === 'implausible' || !isPlausible(this.#boot, wall)) return;
    try {
      files.write(SAVED_CLOCK, `${Math.floor(wall / 1000)}\n`, { durable: true });
    } catch (error) {
      log('warning', `saving the clock: ${errorText(error)}`);
    }
  }

  #synchronised(report: ClockReport): void {
    const { clock, files } = this.#ports;
    const first = this.#state !== 'ntp';
    this.#report = report;
    this.#syncedAt = clock.monotonic();
    writeSyncedAt(files, this.#syncedAt);
    this.#happened('synchronised');
    this.#silence?.cancel();
    this.#silence = clock.after(SILENCE, () => this.#happened('silent'));
    if (first) this.#keep();
  }

  #happened(event: ClockEvent): void {
    const { clock, log } = this.#ports;
    const before = this.#state;
    this.#state = clockAfter(before, event);
    if (this.#state === before) return;
    const level = this.#state === 'implausible' ? 'warning' : 'info';
    log(level, `the clock is ${this.#state}, was ${before}: ${new Date(clock.wall()).toISOString()}`);
  }

  /** It keeps the time over a restart, and with a battery while the board is off. */
  async #setHardwareClock(): Promise<void> {
    const { files, log, processes } = this.#ports;
    if (files.list(RTCS).length === 0) return;
    try {
      const { code, stderr } = await processes.run(['hwclock', '-w', '-u'], { timeout: 10_000 });
      if (code !== 0) log('warning', `hwclock: ${stderr.trim() || `status ${code}`}`);
    } catch (error) {
      log('warning', `hwclock: ${errorText(error)}`);
    }
  }
}
