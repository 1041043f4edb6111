// SPDX-License-Identifier: MIT
/**
 * Upgrades the board by a bundle: one job at a time, beside everything else that the agent does. The steps follow the table
 * in job-states.ts. The slot that runs is never written; the other one counts only when it was read back whole.
 */
import type { Board } from '../board.ts';
import { changeBootState, emptied, onTrial, otherSlot, type Slot } from '../boot-state.ts';
import { UPGRADE_JOB } from '../paths.ts';
import { errorText, type Ports } from '../ports.ts';
import { Refusal } from '../protocol.ts';
import type { SlotImage } from '../slot-record.ts';
import { type CheckedBundle, checkBundle } from './bundle-check.ts';
import { slotDevice } from './bundle-head.ts';
import {
  type FailureCode,
  isBusy,
  isWriting,
  nextState,
  UpgradeError,
  type UpgradeEvent,
  type UpgradeJob,
  type UpgradeState,
  upgradeLine,
} from './job-states.ts';
import { type Origin, type Received, receive } from './receive.ts';
import { compareSlot, eraseSlot, writeSlot } from './slot-writer.ts';
import { dropSpool } from './spool.ts';
import { isOnStick, withStickBundle } from './stick.ts';
import { dropGuard, type GuardKernel } from './upload/guard.ts';
import { type Lan, UploadServer } from './upload/server.ts';

/** Clients look at the job so often that they see how it ended. */
const RESTART_DELAY = 2000;

/** Of a job of another agent: no slot holds it. */
const NO_IMAGE = { size: 0, sha256: 'unknown' };

/** What is asked of an upgrade, wherever its bundle comes from. */
export interface UpgradeTerms {
  reboot: UpgradeJob['reboot'];
  allowOlder: boolean;
}

export interface UpgradeRequest extends Origin, UpgradeTerms {}

export interface UpgraderParts {
  ports: Pick<Ports, 'clock' | 'files' | 'disks' | 'processes' | 'sockets' | 'log'>;
  kernel: GuardKernel;
  board: Board;
  /** As it is now; undefined: there is none. */
  lan(): Lan | undefined;
  /** Of the firmware that runs. */
  version: string;
  /** What is known of the firmware in the slots. */
  slots: {
    /** The firmware that runs must prove itself yet, and the other slot is what it would go back to. */
    readonly needsOther: boolean;
    erased(slot: Slot): void;
    installed(slot: Slot, version: string, image: SlotImage): void;
  };
  /** An apply waits to be confirmed: a restart would revert it. */
  pending(): boolean;
}

/** What a board with two slots has. */
interface Place {
  running: Slot;
  slot: Slot;
  device: string;
  disk: string;
  blocks: readonly [number, number];
  slotLimit: number;
}

/** Gets the bundle into the spool. */
type Receive = (slotLimit: number, progress: (done: number, total?: number) => void) => Promise<Received>;

interface Work {
  terms: UpgradeTerms;
  receive: Receive;
  place: Place;
  bundle?: CheckedBundle;
}

export class Upgrader {
  readonly #parts: UpgraderParts;
  #job: UpgradeJob | undefined;
  #uploads: UploadServer | undefined;

  constructor(parts: UpgraderParts) {
    this.#parts = parts;
  }

  /** The upgrade that is under way, or the last one since the board started. */
  get job(): UpgradeJob | undefined {
    return this.#job && copyOf(this.#job);
  }

  /** Starts an upgrade and does not wait for it. Throws a Refusal. */
  begin(request: UpgradeRequest): UpgradeJob {
    const { ports, board } = this.#parts;
    return this.#begin(request.name, request, (slotLimit, progress) => {
      if (!isOnStick(request.path)) return receive(ports, request, slotLimit, progress);
      return withStickBundle(ports, request.path, board.name, ({ path, name, place }) => {
        this.#note({ from: `${name} on ${place}` });
        return receive(ports, { path, name }, slotLimit, progress);
      });
    });
  }

  /** Starts an upgrade by a bundle that is to be uploaded, with the token that is answered. Throws a Refusal. */
  async listen(terms: UpgradeTerms): Promise<{ job: UpgradeJob; token: string }> {
    const lan = this.#parts.lan();
    if (lan === undefined) throw refused('this board has no LAN, and uploads are taken from there only');
    const ofUpload = () => (this.#job?.id === id ? this.job : undefined);
    const uploads = new UploadServer({ ...this.#parts, job: ofUpload }, lan);
    let settled = () => {};
    const opened = new Promise<void>((resolve) => {
      settled = resolve;
    });
    const { id } = this.#begin('an upload', terms, (slotLimit, progress) => {
      const noteAddress = (url: string, until: number) => {
        this.#note({ upload: { url, until } });
        this.#keep();
        settled();
      };
      return uploads.receive(slotLimit, noteAddress, progress).finally(settled);
    });
    this.#uploads?.close('another upload is waited for');
    this.#uploads = uploads;
    await opened;
    return { job: this.#jobNow(), token: uploads.token };
  }

  /** Ends an upgrade that waits for its bundle. Throws a Refusal. */
  closeUpload(): void {
    if (!this.#uploads?.waits) throw new Refusal({ code: 'nothing', message: 'no upload is waited for' });
    this.#uploads.close('it was closed by "plaitctl upgrade --close"');
  }

  /** The agent ends. */
  stop(): void {
    this.#uploads?.close('plaitd ends');
  }

  #begin(from: string, terms: UpgradeTerms, receive: Receive): UpgradeJob {
    const before = this.#job;
    if (before !== undefined && isBusy(before.state)) {
      throw new Refusal({ code: 'busy', message: upgradeLine(before) });
    }
    const place = this.#place();
    const { slots, pending } = this.#parts;
    if (slots.needsOther)
      throw refused(
        `the firmware in slot ${place.running} is on trial, and slot ${place.slot} is what it goes back to; wait until "plaitctl slots" shows it as confirmed`,
      );
    if (terms.reboot === 'now' && pending())
      throw refused('an apply waits for "plaitctl confirm": confirm or revert it, or say --reboot later');
    const { reboot } = terms;
    const job: UpgradeJob = { id: (before?.id ?? 0) + 1, state: 'receiving', from, slot: place.slot, reboot };
    this.#job = job;
    this.#keep();
    this.#parts.ports.log('notice', `upgrade ${job.id} of slot ${job.slot} from ${from}`);
    void this.#run({ terms, receive, place });
    return copyOf(job);
  }

  /** After a start of the agent: ends an upgrade that its end has broken off. */
  async recover(): Promise<void> {
    const { ports } = this.#parts;
    const job = readJob(ports.files.read(UPGRADE_JOB));
    if (job === undefined) return;
    this.#job = job;
    if (!isBusy(job.state)) return;
    try {
      if (job.upload !== undefined) dropGuard(this.#parts.kernel);
      if (job.state === 'restarting') this.#meet('fault');
      // All of it had been read back.
      else if (job.state === 'switching') await this.#step('switching', () => this.#switch(this.#place()));
      else await this.#fail(new UpgradeError('interrupted', `plaitd ended while it was ${job.state}`));
    } catch (error) {
      ports.log('error', `ending upgrade ${job.id}: ${errorText(error)}`);
    }
  }

  async #run(work: Work): Promise<void> {
    const { ports } = this.#parts;
    try {
      await this.#step('receiving', () => this.#receive(work));
      await this.#step('checking', () => this.#check(work));
      await this.#step('erasing', async () => this.#erase(work.place));
      await this.#step('writing', () => this.#write(work));
      await this.#step('comparing', () => compareSlot(ports, work.place.device, bundleOf(work)));
      await this.#step('switching', () => this.#switch(work.place));
      this.#restart(work.terms);
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** Does what is done in a state, then leaves it. Whoever may begin anew finds nothing left of this one. */
  async #step(state: UpgradeState, act: () => Promise<void>): Promise<void> {
    if (this.#job?.state !== state) throw new Error(`an upgrade is ${this.#job?.state}, not ${state}`);
    await act();
    if (!isBusy(nextState(state, 'done'))) await this.#drop();
    this.#meet('done');
  }

  async #receive({ receive, place }: Work): Promise<void> {
    const got = await receive(place.slotLimit, (done, total) =>
      this.#note({ done, ...(total === undefined ? {} : { total }) }),
    );
    this.#note(got);
  }

  async #check(work: Work): Promise<void> {
    const { ports, board, version } = this.#parts;
    const { slotLimit } = work.place;
    const { allowOlder } = work.terms;
    work.bundle = await checkBundle(ports, this.#job?.size ?? 0, { board, version, slotLimit, allowOlder });
    const { version: newer, key, sha256, size } = work.bundle;
    this.#note({ version: newer, key, image: { size, sha256 } });
  }

  /** In this order: what GRUB may start is whole at each moment. */
  #erase({ slot, device, disk, blocks }: Place): void {
    const { ports, slots } = this.#parts;
    slots.erased(slot);
    changeBootState(ports.disks, disk, blocks, (state) => emptied(state, slot));
    eraseSlot(ports, device);
  }

  async #write(work: Work): Promise<void> {
    const bundle = bundleOf(work);
    const total = bundle.size;
    await writeSlot(this.#parts.ports, work.place.device, bundle, (done) =>
      this.#note({ done: Math.min(done, total), total }),
    );
  }

  async #switch({ slot, disk, blocks }: Place): Promise<void> {
    const { ports, slots } = this.#parts;
    const { version = '', image = NO_IMAGE } = this.#job ?? {};
    changeBootState(ports.disks, disk, blocks, (state) => onTrial(state, slot));
    slots.installed(slot, version, image);
    ports.log('notice', `version ${version} is in slot ${slot}: it starts with the next restart`);
  }

  #restart({ reboot }: UpgradeTerms): void {
    if (reboot === 'later') return;
    const { ports, pending } = this.#parts;
    if (pending()) {
      this.#note({ note: 'an apply waits for "plaitctl confirm"; the board was not restarted' });
      return;
    }
    this.#meet('restart');
    ports.clock.after(RESTART_DELAY, () => {
      ports.processes.run(['reboot']).then(
        ({ code, stderr }) => {
          if (code !== 0) this.#notRestarted(stderr.trim() || `reboot ended with ${code}`);
        },
        (error) => this.#notRestarted(errorText(error)),
      );
    });
  }

  #notRestarted(why: string): void {
    this.#meet('fault');
    this.#note({ note: `the board was not restarted: ${why}` });
  }

  async #fail(error: unknown): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    const { ports } = this.#parts;
    const code: FailureCode = error instanceof UpgradeError ? error.code : 'internal';
    const message = errorText(error);
    ports.log('error', `upgrade ${job.id} failed while ${job.state}: ${message}`);
    if (isWriting(job.state)) this.#eraseAgain(job.slot);
    await this.#drop();
    job.failure = { in: job.state, code, message };
    this.#meet('fault');
  }

  /** What was written may be wrong: nothing can start it. The boot state does not name it either. */
  #eraseAgain(slot: Slot): void {
    try {
      eraseSlot(this.#parts.ports, slotDevice(`slot-${slot}`));
    } catch (error) {
      this.#parts.ports.log('error', `erasing slot ${slot}: ${errorText(error)}`);
    }
  }

  async #drop(): Promise<void> {
    await dropSpool(this.#parts.ports).catch((error) =>
      this.#parts.ports.log('warning', `the room of an upgrade in RAM: ${errorText(error)}`),
    );
  }

  #meet(event: UpgradeEvent): void {
    const job = this.#job;
    if (job === undefined) return;
    job.state = nextState(job.state, event);
    delete job.done;
    delete job.total;
    this.#keep();
  }

  #jobNow(): UpgradeJob {
    if (this.#job === undefined) throw new Error('no upgrade was begun');
    return copyOf(this.#job);
  }

  #note(facts: Partial<UpgradeJob>): void {
    if (this.#job !== undefined) Object.assign(this.#job, facts);
  }

  /** An agent that is started again while the board runs knows what was under way. */
  #keep(): void {
    try {
      this.#parts.ports.files.write(UPGRADE_JOB, `${JSON.stringify(this.#job)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#parts.ports.log('warning', `noting an upgrade: ${errorText(error)}`);
    }
  }

  #place(): Place {
    const { slot: running, disk, bootStateBlocks: blocks, slotLimit } = this.#parts.board;
    if (running === undefined || disk === undefined || blocks === undefined || slotLimit === undefined)
      throw refused('this machine runs from no slot, so there is no other one to write');
    const slot = otherSlot(running);
    return { running, slot, device: slotDevice(`slot-${slot}`), disk, blocks, slotLimit };
  }
}

function bundleOf({ bundle }: Work): CheckedBundle {
  if (bundle === undefined) throw new Error('the bundle was not checked');
  return bundle;
}

function refused(message: string): Refusal {
  return new Refusal({ code: 'failed', message });
}

function copyOf(job: UpgradeJob): UpgradeJob {
  return { ...job, ...(job.failure === undefined ? {} : { failure: { ...job.failure } }) };
}

function readJob(text: string | undefined): UpgradeJob | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as UpgradeJob);
  } catch {
    return undefined;
  }
}
