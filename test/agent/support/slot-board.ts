// SPDX-License-Identifier: MIT
/**
 * A board with two slots in memory, and the programs that an upgrade calls. As strict as a real one: what was not flushed is kept
 * or lost sector by sector when the power goes, the agent or the power may go at each act, and each act may fail.
 */
import { createHash } from 'node:crypto';
import { formatBlock, readBootState, SECTOR, type Slot } from '../../../src/agent/boot-state.ts';
import type { Child, Disks, Processes, RunResult, WriteOptions } from '../../../src/agent/ports.ts';
import { SPOOL } from '../../../src/agent/upgrade/spool.ts';
import { CardFiles, Ended } from './card-files.ts';
import { FakeClock } from './fake-ports.ts';
import { Sticks } from './sticks.ts';

export const BLOCKS: [number, number] = [0, 2];
export const SLOT_BYTES = 64 * SECTOR;
const DISK = '/run/plait/disk/disk';
const KEY = 'a1b2c3d4e5f60718';

/** `fault`: the act fails and the agent goes on. */
export type Trouble = 'fault' | 'crash' | 'power cut';

/** The spool's bytes are the board's; of other files it has the text. */
class BoardFiles extends CardFiles {
  readonly #emptySpool: () => void;

  constructor(choose: (most: number) => number, emptySpool: () => void) {
    super(choose);
    this.#emptySpool = emptySpool;
  }

  override write(path: string, text: string, options: WriteOptions = {}): void {
    super.write(path, text, options);
    if (path === SPOOL) this.#emptySpool();
  }
}

export class SlotBoard {
  readonly files: CardFiles = new BoardFiles(
    (most) => this.#choose(most),
    () => this.#emptySpool(),
  );
  readonly clock = new FakeClock();
  /** What the medium has, by device. */
  readonly media: Record<string, Uint8Array>;
  /** Files in RAM, and what a user has put somewhere. */
  readonly ram = new Map<string, Uint8Array>();
  /** Bundles that the fake SWUpdate takes. */
  readonly signed: Uint8Array[] = [];
  readonly ran: string[] = [];
  readonly sticks = new Sticks(this);
  mounted = false;
  /** Acts until there is trouble; negative: never. */
  troubleIn = -1;
  trouble: Trouble = 'fault';
  acts = 0;
  /** What was read back differs. */
  wornOut = false;
  /** What a server has, and after how many bytes it breaks each answer off. */
  server: { bytes: Uint8Array; breaksAfter: number } | undefined;
  #choose: (most: number) => number;
  /** Sectors written and not flushed, by device. */
  #dirty = new Map<string, Map<number, Uint8Array>>();

  constructor(running: Uint8Array, other: Uint8Array, choose: (most: number) => number = () => 0) {
    this.#choose = choose;
    this.media = { [DISK]: new Uint8Array(8 * SECTOR) };
    for (const [slot, image] of [
      ['a', running],
      ['b', other],
    ] as const) {
      const bytes = new Uint8Array(SLOT_BYTES);
      bytes.set(image);
      this.media[device(slot)] = bytes;
    }
    const state = { seq: 0, active: 'a', tries: { a: 3, b: 3 } } as const;
    for (const sector of BLOCKS) this.media[DISK]?.set(Buffer.from(formatBlock(state)), sector * SECTOR);
    this.#facts();
  }

  get disks(): Disks {
    return {
      readAt: (path, offset, length) => {
        this.#mustLive();
        const bytes = this.ram.get(path) ?? this.#seen(path);
        if (bytes.length < offset + length) throw new Error(`${path} ends before byte ${offset + length}`);
        return bytes.slice(offset, offset + length);
      },
      writeAt: (path, offset, data) => {
        if (path === SPOOL) return this.#append(offset, data);
        this.#write(path, offset, data);
        this.#act(`write ${path}`, path);
        this.#flush(path);
      },
      size: () => SLOT_BYTES,
      resizePartition: () => undefined,
    };
  }

  get processes(): Processes {
    return {
      run: async (argv) => {
        const words = argv[0] === 'nice' ? argv.slice(3) : argv;
        this.ran.push(words.join(' '));
        this.#act(words[0] ?? '');
        return this.sticks.run(words) ?? this.#run(words);
      },
      start: (argv, on) => (argv[3] === 'wget' ? this.#fetch(on) : this.#copy(argv.slice(3), on)),
    };
  }

  /** Contents of a slot as the medium has it. */
  slot(slot: Slot): Uint8Array {
    return this.media[device(slot)] as Uint8Array;
  }

  get state() {
    const disks = {
      readAt: (_: string, at: number, n: number) => (this.media[DISK] as Uint8Array).slice(at, at + n),
    };
    return readBootState(disks as never, DISK, BLOCKS).state;
  }

  /** Hash of all that an upgrade that was refused must not change. */
  get fingerprint(): string {
    const hash = createHash('sha256');
    for (const name of Object.keys(this.media).sort()) hash.update(this.media[name] as Uint8Array);
    return hash.digest('hex');
  }

  /** The agent or the power went: what the next agent finds. */
  goOn(): void {
    if (this.trouble === 'power cut') {
      for (const [path, sectors] of this.#dirty) {
        for (const [sector, bytes] of sectors)
          if (this.#choose(2) === 1) this.media[path]?.set(bytes, sector * SECTOR);
      }
      this.#dirty.clear();
      this.ram.delete(SPOOL);
      this.mounted = false;
      this.files.afterPowerCut();
      this.#facts();
    } else this.files.afterCrash();
    this.clock.dropTimers();
    this.troubleIn = -1;
    this.files.stepsLeft = -1;
  }

  #facts(): void {
    this.files.put('/proc/meminfo', 'MemTotal: 250000 kB\nMemAvailable: 230000 kB\n');
    this.files.put(`/etc/plait/update-keys/${KEY}.pem`, 'a key');
  }

  #mustLive(): void {
    if (this.files.ended) throw new Ended('the agent has ended');
  }

  /** Trouble comes with an act half done. */
  #act(what: string, writes?: string): void {
    this.#mustLive();
    this.acts++;
    if (this.troubleIn-- !== 0) return;
    if (this.trouble === 'fault') {
      if (writes !== undefined) this.#flush(writes);
      throw Object.assign(new Error(`${what}: input/output error`), { code: 'EIO' });
    }
    this.files.ended = true;
    this.#mustLive();
  }

  #seen(path: string): Uint8Array {
    const bytes = (this.media[path] ?? new Uint8Array(0)).slice();
    for (const [sector, data] of this.#dirty.get(path) ?? []) bytes.set(data, sector * SECTOR);
    return bytes;
  }

  #write(path: string, offset: number, data: Uint8Array): void {
    this.#mustLive();
    const bytes = this.#seen(path);
    if (offset + data.length > bytes.length) throw new Error(`${path}: no space left on device`);
    bytes.set(data, offset);
    const dirty = this.#dirty.get(path) ?? new Map<number, Uint8Array>();
    this.#dirty.set(path, dirty);
    for (let sector = Math.floor(offset / SECTOR); sector * SECTOR < offset + data.length; sector++)
      dirty.set(sector, bytes.slice(sector * SECTOR, (sector + 1) * SECTOR));
  }

  /** A file in RAM is there when it was made, and grows at its end only. */
  #append(offset: number, data: Uint8Array): void {
    this.#act(`write ${SPOOL}`);
    const had = this.ram.get(SPOOL);
    if (had === undefined || had.length !== offset)
      throw new Error(`${SPOOL} has ${had?.length} bytes, not ${offset}`);
    this.ram.set(SPOOL, Buffer.concat([had, data]));
  }

  #emptySpool(): void {
    if (!this.mounted) throw new Error('written into what is no file system of its own');
    this.ram.set(SPOOL, new Uint8Array(0));
  }

  #flush(path: string): void {
    this.#mustLive();
    for (const [sector, bytes] of this.#dirty.get(path) ?? []) this.media[path]?.set(bytes, sector * SECTOR);
    this.#dirty.delete(path);
  }

  /** wget -c: goes on behind what is there. */
  #fetch(on: { line(text: string): void; exit(code: number): void }): Child {
    const { bytes, breaksAfter } = this.server ?? { bytes: new Uint8Array(0), breaksAfter: 0 };
    const had = this.ram.get(SPOOL)?.length ?? 0;
    this.ram.set(SPOOL, bytes.slice(0, had + breaksAfter));
    const whole = bytes.length > 0 && this.ram.get(SPOOL)?.length === bytes.length;
    if (!whole) on.line('wget: connection closed prematurely');
    this.clock.after(1, () => on.exit(whole ? 0 : 1));
    return { pid: 78, signal: () => undefined };
  }

  /** dd: to RAM or to a slot, sector by sector. */
  #copy(argv: readonly string[], on: { line(text: string): void; exit(code: number): void }): Child {
    const value = (name: string) =>
      argv.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
    const from = value('if');
    const to = value('of');
    const bytesFlag = value('iflag').includes('count_bytes');
    const [skip, seek] = [Number(value('skip')), Number(value('seek'))];
    const count = Number(value('count')) * (bytesFlag ? 1 : Number(value('bs')));
    const end = (code: number, said = '') => {
      if (said) on.line(said);
      this.clock.after(1, () => on.exit(code));
    };
    try {
      this.#act(`dd ${from}`);
      this.sticks.read(from);
      const data = (this.ram.get(from) as Uint8Array).slice(skip, skip + count);
      if (to === SPOOL) {
        if (!this.mounted) throw new Error('written into what is no file system of its own');
        this.ram.set(to, data);
      } else {
        for (let at = 0; at < data.length; at += SECTOR) {
          this.#write(to, seek + at, data.slice(at, at + SECTOR));
          this.#act(`dd ${to}`);
        }
        if (value('conv').includes('fsync')) this.#flush(to);
      }
      end(0);
    } catch (error) {
      if (error instanceof Ended) throw error;
      end(1, `dd: ${(error as Error).message}`);
    }
    return { pid: 77, signal: () => undefined };
  }

  #run(words: readonly string[]): RunResult {
    const [program, ...args] = words;
    const answer = (code: number, stdout = '', stderr = '') => ({ code, stdout, stderr });
    switch (program) {
      case 'mount':
        if (this.mounted) return answer(1, '', 'mount: it is mounted');
        this.mounted = true;
        return answer(0);
      case 'umount':
        if (!this.mounted) return answer(1, '', 'umount: not mounted');
        this.mounted = false;
        this.ram.delete(SPOOL);
        return answer(0);
      case 'stat': {
        const bytes = this.ram.get(args.at(-1) ?? '');
        if (bytes === undefined) return answer(1, '', 'stat: no such file');
        return answer(0, args.includes('%s') ? `${bytes.length}\n` : `81a4 ${bytes.length}\n`);
      }
      case 'sha256sum':
        return answer(0, `${sha256(this.ram.get(args[0] ?? ''))}  ${args[0]}\n`);
      case 'sh': {
        const [file, from, length] = args.slice(3);
        const at = Number(from) - 1;
        return answer(0, `${sha256(this.ram.get(file ?? '')?.slice(at, at + Number(length)))}  -\n`);
      }
      case '/usr/lib/plait/bundle-key': {
        const bytes = Buffer.from(this.ram.get(args[0] ?? '') ?? []);
        if (this.signed.some((one) => bytes.equals(one)))
          return answer(0, `/etc/plait/update-keys/${KEY}.pem\n`);
        return answer(1, '', 'bundle-key: none');
      }
      case 'blockdev':
        this.#flush(args[1] ?? '');
        return answer(0);
      case 'cmp': {
        const [length, slot, spool] = [Number(args[1]), args[2] ?? '', args[3] ?? ''];
        const [skip, offset] = [Number(args[4]), Number(args[5])];
        const written = this.#seen(slot).slice(skip, skip + length);
        if (this.wornOut) written[length - 1] = (written[length - 1] ?? 0) ^ 1;
        const wanted = this.ram.get(spool)?.slice(offset, offset + length) ?? new Uint8Array(0);
        return Buffer.from(written).equals(wanted)
          ? answer(0)
          : answer(1, `${slot} ${spool} differ: char ${length}`);
      }
      case 'reboot':
        return answer(0);
      default:
        throw new Error(`${program} is not on this board`);
    }
  }
}

function device(slot: Slot): string {
  return `/run/plait/disk/slot-${slot}`;
}

function sha256(bytes: Uint8Array | undefined): string {
  return createHash('sha256')
    .update(bytes ?? new Uint8Array(0))
    .digest('hex');
}
