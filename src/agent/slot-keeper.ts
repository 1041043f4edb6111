// SPDX-License-Identifier: MIT
/**
 * Proves the slot that runs, or gives it up. A slot is good when the product works with it: the configuration was
 * applied whole, uplinks and tunnels that carried traffic before do so again, and the agent lived for a minute. A slot
 * that proved good once needs only the last of these: a line that is cut later is no fault of the firmware.
 */
import type { Board } from './board.ts';
import {
  abandonSlot,
  changeBootState,
  confirmSlot,
  onTrial,
  otherSlot,
  readBootState,
  type Slot,
} from './boot-state.ts';
import { carryingNow, missingOf, readCarried, writeCarried } from './carrying.ts';
import { RELEASE, RESET_REASON } from './paths.ts';
import { errorText, type Ports, type Timer } from './ports.ts';
import { endOfRunBefore } from './run-end.ts';
import {
  afterEvent,
  isGood,
  readSlotRecord,
  reasonText,
  type SlotEntry,
  type SlotImage,
  type SlotReason,
  type SlotRecord,
  startsNext,
  writeSlotRecord,
} from './slot-record.ts';
import type { Status } from './status.ts';
import { holdsImage } from './upgrade/slot-writer.ts';

/** The agent must have lived for so long (ms). */
const LIFE = 60_000;
/** Uplinks by radio take their time; after that (ms) a slot on trial has failed. */
export const PROOF_TIME = 5 * 60_000;
const LOOK = 5000;
/** What carries traffic is noted so often at most. */
const NOTE = 5 * 60_000;

const NEVER_RUN: SlotEntry = { build: '', version: '', state: 'unknown' };

export interface SlotKeeperParts {
  ports: Pick<Ports, 'clock' | 'files' | 'disks' | 'log' | 'processes'>;
  board: Board;
  version: string;
  status(): Pick<Status, 'uplinks' | 'tunnels'>;
  /** What of the configuration is not in force; empty when all is that counts, after what carried traffic before. */
  unapplied(carriedBefore: readonly string[]): string[];
  /** The slot is good. */
  proved(): void;
  /** The state of this slot is another one. */
  changed(): void;
}

export class SlotKeeper {
  readonly #parts: SlotKeeperParts;
  #record: SlotRecord = { slots: {} };
  #carriedBefore: string[] = [];
  #startedAt = 0;
  #waitingFor: string[] = [];
  #proved = false;
  #timer: Timer | undefined;

  constructor(parts: SlotKeeperParts) {
    this.#parts = parts;
  }

  get status(): NonNullable<Status['firmware']> | undefined {
    const { slot } = this.#parts.board;
    const own = slot && this.#record.slots[slot];
    if (slot === undefined || own === undefined) return undefined;
    const other = otherSlot(slot);
    const entry = this.#record.slots[other];
    return {
      state: own.state,
      waitingFor: [...this.#waitingFor],
      ...(this.#record.lastEnd === undefined ? {} : { lastEnd: this.#record.lastEnd }),
      ...(entry === undefined
        ? {}
        : {
            other: {
              slot: other,
              version: entry.version,
              state: entry.state,
              ...(entry.reason === undefined ? {} : { reason: entry.reason }),
            },
          }),
    };
  }

  /** Notes that this slot was started, and what became of the one before; then looks until it is proved. */
  start(): void {
    const { ports } = this.#parts;
    this.#startedAt = ports.clock.monotonic();
    this.#carriedBefore = readCarried(ports.files);
    this.#note('noting the start of this slot', () => this.#takeStock());
    this.#lookLater(LIFE);
  }

  /** The firmware that runs must prove itself yet, and the other slot holds a good one. */
  get needsOther(): boolean {
    const { slot } = this.#parts.board;
    if (slot === undefined) return false;
    const { slots } = this.#record;
    return slots[slot]?.state === 'trial' && isGood(slots[otherSlot(slot)]);
  }

  /** What was in the other slot is gone. */
  erased(slot: Slot): void {
    this.#written(slot, 'erase', { version: '' });
  }

  /** The other slot holds a new firmware, which starts next. */
  installed(slot: Slot, version: string, image: SlotImage): void {
    this.#written(slot, 'install', { version, image });
  }

  /** The agent ends on purpose. */
  stop(): void {
    this.#timer?.cancel();
    const { slot } = this.#parts.board;
    this.#note('noting an orderly end', () => {
      if (this.#proved) this.#noteCarried();
      if (slot === undefined) return;
      this.#forgetRewritten(this.#record, slot);
      this.#record.last = { slot, clean: true };
      writeSlotRecord(this.#parts.ports.files, this.#record);
    });
  }

  #takeStock(): void {
    const { ports, board, version } = this.#parts;
    const { slot } = board;
    if (slot === undefined) return;
    const { files } = ports;
    const record = readSlotRecord(files);
    this.#forgetRewritten(record, slot);
    // An agent that is started again while the board runs is no start of the slot.
    const restarted = record.last?.slot === slot && files.list('/run/plait').includes('slot-noted');
    if (!restarted) {
      const givenUp = this.#givenUpByGrub(slot);
      const lastEnd = endOfRunBefore(files, record, givenUp ?? slot);
      delete record.lastEnd;
      if (lastEnd !== undefined) record.lastEnd = lastEnd;
      if (givenUp !== undefined) this.#passOver(record, givenUp, lastEnd);
    }
    record.slots[slot] = afterEvent(ownEntry(record.slots[slot], buildOf(files), version), 'start');
    record.last = { slot, clean: false };
    this.#record = record;
    writeSlotRecord(files, record);
    files.remove(RESET_REASON, true);
    files.write('/run/plait/slot-noted', '');
    if (record.lastEnd !== undefined && record.lastEnd.code !== 'shutdown')
      ports.log(
        'warning',
        `the run before ended so: ${reasonText(record.lastEnd)} (slot ${record.lastEnd.slot})`,
      );
  }

  /** The other slot, when GRUB does not start it any more. */
  #givenUpByGrub(slot: Slot): Slot | undefined {
    const { board, ports } = this.#parts;
    const { bootStateBlocks, disk } = board;
    if (bootStateBlocks === undefined || disk === undefined) return undefined;
    const other = otherSlot(slot);
    return readBootState(ports.disks, disk, bootStateBlocks).state.tries[other] > 0 ? undefined : other;
  }

  /** A failed slot that GRUB would start has been written anew: nothing is known of what is in it now. */
  #forgetRewritten(record: SlotRecord, slot: Slot): void {
    const other = otherSlot(slot);
    if (record.slots[other]?.state === 'failed' && this.#givenUpByGrub(slot) === undefined)
      delete record.slots[other];
  }

  /** Why GRUB has given up a slot is what its last run left behind. */
  #passOver(record: SlotRecord, other: Slot, lastEnd: SlotRecord['lastEnd']): void {
    const entry = record.slots[other] ?? NEVER_RUN;
    if (entry.state === 'empty' || (entry.state === 'failed' && entry.reason !== undefined)) return;
    const agentRan = record.last?.slot === other || lastEnd?.code === 'agent-crash-loop';
    const reason: SlotReason =
      agentRan && lastEnd?.slot === other && lastEnd.code !== 'shutdown'
        ? { code: lastEnd.code, details: lastEnd.details }
        : { code: 'no-agent', details: lastEnd?.code === 'watchdog' ? ['the watchdog reset the board'] : [] };
    record.slots[other] = afterEvent(entry, 'passed over', reason);
    this.#parts.ports.log('error', `slot ${other} was given up: ${reasonText(reason)}`);
  }

  #look(): void {
    const { ports, board } = this.#parts;
    const own = board.slot && this.#record.slots[board.slot];
    this.#waitingFor = isGood(own) ? [] : this.#missing();
    if (this.#waitingFor.length === 0) {
      this.#prove();
      return;
    }
    if (
      own?.state === 'trial' &&
      ports.clock.monotonic() - this.#startedAt >= (board.proofTime ?? PROOF_TIME)
    )
      this.#fail();
    this.#lookLater(LOOK);
  }

  #missing(): string[] {
    const { unapplied, status } = this.#parts;
    try {
      return [...unapplied(this.#carriedBefore), ...missingOf(this.#carriedBefore, status())];
    } catch (error) {
      return [`the status cannot be had: ${errorText(error)}`];
    }
  }

  #prove(): void {
    const { board, ports, proved } = this.#parts;
    const { slot, bootStateBlocks, disk } = board;
    this.#proved = true;
    proved();
    this.#note(`confirming slot ${slot}`, () => {
      if (slot !== undefined) this.#event(slot, 'proof');
      if (!bootStateBlocks || !disk || !slot) return;
      const other = otherSlot(slot);
      const next = startsNext(this.#record.slots[other]) ? other : slot;
      if (confirmSlot(ports.disks, disk, bootStateBlocks, slot, next))
        ports.log('info', `slot ${slot} is confirmed`);
    });
    void this.#recall();
    this.#noteCarriedNowAndThen();
  }

  /**
   * GRUB takes a try at each start, so that a few short power cuts in a row lead away from a good firmware. If it is still
   * there, whole, it starts next.
   */
  async #recall(): Promise<void> {
    const { ports, board } = this.#parts;
    const { slot, bootStateBlocks, disk } = board;
    const other = slot && this.#givenUpByGrub(slot);
    const entry = other && this.#record.slots[other];
    if (!other || !bootStateBlocks || !disk || entry?.state !== 'proved' || entry.image === undefined) return;
    const whole = await holdsImage(ports, other, entry.image).catch(() => false);
    if (this.#record.slots[other] !== entry) return;
    if (!whole) {
      ports.log(
        'error',
        `slot ${other} has no tries left, and does not hold any more what was installed in it`,
      );
      return;
    }
    this.#note(`recalling slot ${other}`, () => {
      this.#event(other, 'recall');
      changeBootState(ports.disks, disk, bootStateBlocks, (state) => onTrial(state, other));
      ports.log(
        'warning',
        `slot ${other} (version ${entry.version}) lost its tries to starts that were cut short, and is whole: it starts with the next restart`,
      );
    });
  }

  /** The time is over. Back to the other slot, if that one is good. */
  #fail(): void {
    const { board, ports } = this.#parts;
    const { slot, bootStateBlocks, disk } = board;
    if (slot === undefined) return;
    const reason: SlotReason = { code: 'not-proved', details: this.#waitingFor };
    this.#note(`giving up slot ${slot}`, () => {
      this.#event(slot, 'no proof', reason);
      ports.log('error', `slot ${slot} failed: ${reasonText(reason)}`);
      const otherIsGood = isGood(this.#record.slots[otherSlot(slot)]);
      if (!bootStateBlocks || !disk || !otherIsGood) return;
      if (!abandonSlot(ports.disks, disk, bootStateBlocks, slot)) return;
      ports.log('error', `restarting with slot ${otherSlot(slot)}`);
      ports.processes.run(['reboot']).catch((error) => ports.log('error', `reboot: ${errorText(error)}`));
    });
  }

  #event(slot: Slot, event: 'proof' | 'no proof' | 'recall', reason?: SlotReason): void {
    const entry = this.#record.slots[slot];
    if (entry === undefined) return;
    const next = afterEvent(entry, event, reason);
    if (next.state === entry.state) return;
    this.#record.slots[slot] = next;
    this.#parts.changed();
    writeSlotRecord(this.#parts.ports.files, this.#record);
  }

  #written(slot: Slot, event: 'erase' | 'install', what: Pick<SlotEntry, 'version' | 'image'>): void {
    this.#note(`noting what is in slot ${slot}`, () => {
      const { state } = afterEvent(this.#record.slots[slot] ?? NEVER_RUN, event);
      this.#record.slots[slot] = { build: '', ...what, state };
      writeSlotRecord(this.#parts.ports.files, this.#record);
    });
  }

  #noteCarriedNowAndThen(): void {
    this.#note('noting what carries traffic', () => this.#noteCarried());
    this.#timer = this.#parts.ports.clock.after(NOTE, () => this.#noteCarriedNowAndThen());
  }

  #noteCarried(): void {
    writeCarried(this.#parts.ports.files, carryingNow(this.#parts.status()));
  }

  #lookLater(ms: number): void {
    this.#timer = this.#parts.ports.clock.after(ms, () => this.#look());
  }

  /** A card that cannot be written is no reason to end. */
  #note(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.ports.log('error', `${what}: ${errorText(error)}`);
    }
  }
}

function ownEntry(entry: SlotEntry | undefined, build: string, version: string): SlotEntry {
  if (entry?.build === build) return entry;
  const { image } = entry?.state === 'installed' ? entry : {};
  return { build, version, state: 'unknown', ...(image === undefined ? {} : { image }) };
}

function buildOf(files: Ports['files']): string {
  return /^build=(\S+)$/m.exec(files.read(RELEASE) ?? '')?.[1] ?? '';
}
