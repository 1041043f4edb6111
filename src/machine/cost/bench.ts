// SPDX-License-Identifier: MIT
/** A board under load: booted with its clock counting instructions, both its ports plugged into the load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Board } from '../../image/board.ts';
import { SerialConsole } from '../../serial/console.ts';
import { Shell } from '../../serial/shell.ts';
import { MachineError } from '../errors.ts';
import { Machine } from '../qemu.ts';
import { Cable, macAddress } from '../wiring.ts';
import { type Bare, BOARD, closeScript, inNamespace, openScript } from './bare.ts';
import { checkCounts } from './check.ts';
import type { CostCase, Modules } from './cost-case.ts';
import { Load } from './load.ts';
import type { Peers } from './peers.ts';
import { afterApply } from './shipped.ts';
import { GATEWAY_MAC, HOST_MAC, lengthenRing, makeFlows } from './topology.ts';
import { datagrams, segments, type Traffic } from './traffic.ts';
import { median, readWindows, rejection, windowsScript } from './window.ts';

export interface BenchSpec {
  readonly board: Board;
  /** Disk image of the board. */
  readonly image: string;
  /** Needed by the cases that want one of their modules. */
  readonly peers?: Peers;
  readonly signal?: AbortSignal;
}

/** Nanoseconds that an instruction takes: 500 million in a second, as an ALIX at its best. */
const INSTRUCTION_TIME = 2;
/** Milliseconds of this machine's time, which may be busy with other things. */
const BOOT_TIMEOUT = 300_000;
const COMMAND_TIMEOUT = 120_000;
/** Windows taken in one go, each of so many seconds of the board's time. */
const WINDOWS = 4;
const WINDOW = 1;
/** Of them at least so many must count; their median does. */
const ENOUGH = 2;
/** How often they are taken until there are enough. */
const TRIES = 5;

const NAME = 'cost';
const PEERS = '/tmp/peers';
const CASE_SCRIPT = '/tmp/case';
const CONFIGURATION = '/data/plait.yaml';
const WINDOWS_SCRIPT = '/tmp/windows';

type Closer = () => unknown;

export class Bench {
  readonly #shell: Shell;
  readonly #load: Load;
  readonly #closers: readonly Closer[];
  readonly #inserted = new Set<string>();
  /** What is in the name space, while there is one. */
  #bare: Bare | undefined;
  /** Loads of TCP connections so far: each has connections of its own, which begin with it. */
  #turns = 0;

  /** Boots the board and logs in. */
  static async start(spec: BenchSpec): Promise<Bench> {
    const closers: Closer[] = [];
    try {
      const folder = await mkdtemp(join(tmpdir(), 'plait-load-'));
      closers.unshift(() => rm(folder, { recursive: true, force: true }));
      const [into, outOf] = [new Cable(join(folder, 'in')), new Cable(join(folder, 'out'))];
      const machine = await makeMachine(spec, [into, outOf]);
      closers.unshift(() => machine.stop());
      const load = await Load.plugIn(into, outOf);
      closers.unshift(() => load.unplug());
      const console = await SerialConsole.open(machine.serial, spec.board.console.speed);
      closers.unshift(() => console.close());
      await machine.powerOn();
      const shell = new Shell(console, { timeout: COMMAND_TIMEOUT });
      await shell.login('root', undefined, { timeout: BOOT_TIMEOUT, ...signalOf(spec) });
      await shell.writeFile(WINDOWS_SCRIPT, windowsScript);
      await shell.ask(lengthenRing);
      if (spec.peers) await mountPeers(shell, spec.peers);
      return new Bench(shell, load, closers);
    } catch (error) {
      for (const close of closers) await close();
      throw error;
    }
  }

  private constructor(shell: Shell, load: Load, closers: readonly Closer[]) {
    this.#shell = shell;
    this.#load = load;
    this.#closers = closers;
  }

  /** What the kernel of the image calls itself. */
  kernel(): Promise<string> {
    return this.#shell.value('uname -r');
  }

  /** Sets a case up, in place of the one before. */
  async open({ setup }: CostCase): Promise<void> {
    if (this.#bare) await this.#script(closeScript(this.#bare));
    this.#bare = undefined;
    if (setup.kind === 'shipped') {
      await this.#configure(setup.yaml, setup.commands);
      return;
    }
    await this.#insert(setup.modules);
    await this.#script(openScript(setup));
    this.#bare = setup;
  }

  /**
   * Loads the case that is set up with packets of `length` bytes, and gives the instructions that one of them takes.
   * @throws MachineError when the board cannot be kept busy, or the packets are not what the case says
   */
  async measure(costCase: CostCase, length: number): Promise<number> {
    this.#load.start(this.#traffic(costCase, length));
    try {
      await this.#warmUp(costCase);
      this.#load.restart();
      const instructions = await this.#instructions(costCase);
      checkCounts(costCase, this.#load.counts());
      return instructions;
    } finally {
      this.#load.stop();
    }
  }

  #traffic({ sessions, tcp }: CostCase, length: number): Traffic {
    const macs = { from: HOST_MAC, to: macAddress(NAME, 0) };
    if (!tcp) return datagrams(makeFlows(sessions), length, macs, this.#load.sentInAll());
    const back = { from: GATEWAY_MAC, to: macAddress(NAME, 1) };
    return segments(makeFlows(sessions, ++this.#turns), length, macs, { macs: back, board: BOARD });
  }

  async stop(): Promise<void> {
    for (const close of this.#closers) await close();
  }

  async #configure(yaml: string, commands: readonly string[] = []): Promise<void> {
    await this.#shell.writeFile(CONFIGURATION, yaml);
    const applied = await this.#shell.ask('plaitctl apply');
    // There may be nothing to change.
    if (applied.includes('plaitctl confirm')) await this.#shell.ask('plaitctl confirm');
    for (const command of [...afterApply, ...commands]) await this.#shell.ask(command);
  }

  async #insert(modules: Modules | undefined): Promise<void> {
    for (const name of modules?.names ?? []) {
      if (this.#inserted.has(name)) continue;
      await this.#shell.ask(modules?.from === 'image' ? `modprobe ${name}` : `insmod ${PEERS}/${name}.ko`);
      this.#inserted.add(name);
    }
  }

  /** Until every flow has been seen twice and what is remembered of it is there. */
  async #warmUp({ name, sessions }: CostCase): Promise<void> {
    const end = performance.now() + COMMAND_TIMEOUT;
    const wanted = 2 * sessions + 2_000;
    while (this.#load.returned() < wanted) {
      if (performance.now() > end)
        throw new MachineError(
          `${name}: ${this.#load.returned()} packets have come out of the board in ${COMMAND_TIMEOUT / 1000} s, ${wanted} should have`,
        );
      await sleep(50);
    }
  }

  async #instructions({ name }: CostCase): Promise<number> {
    const command = `sh ${WINDOWS_SCRIPT} ${WINDOWS} ${WINDOW}`;
    let reason = '';
    for (let count = 0; count < TRIES; count++) {
      const output = await this.#shell.ask(this.#bare ? inNamespace(command) : command);
      const windows = readWindows(output, INSTRUCTION_TIME);
      const good = windows.filter((window) => rejection(window) === undefined);
      if (good.length >= ENOUGH) return median(good.map(({ instructions }) => instructions));
      reason = windows.map(rejection).find((why) => why !== undefined) ?? reason;
    }
    throw new MachineError(`${name}: gave up after ${TRIES} times ${WINDOWS} windows: ${reason}`);
  }

  async #script(text: string): Promise<void> {
    await this.#shell.writeFile(CASE_SCRIPT, text);
    await this.#shell.ask(`sh -ex ${CASE_SCRIPT}`);
  }
}

/** A module that was built for another configuration of the same kernel may load, and then crash. */
async function mountPeers(shell: Shell, { configuration }: Peers): Promise<void> {
  const output = await shell.value('zcat /proc/config.gz | sha256sum');
  if (output.split(' ')[0] !== configuration) {
    throw new MachineError(
      "the image's kernel is configured otherwise than the one that bonding and teql were built for: build the image anew from this checkout, with engine debian",
    );
  }
  await shell.ask(`mkdir ${PEERS} && mount -t squashfs /dev/sdb ${PEERS}`);
}

function makeMachine({ board, image, peers, signal }: BenchSpec, cables: readonly Cable[]): Promise<Machine> {
  return Machine.make(
    {
      name: NAME,
      emulator: board.qemu,
      image,
      ...(peers === undefined ? {} : { disk: peers.disk }),
      instructionTime: INSTRUCTION_TIME,
      plugs: cables.map((cable) => ({ to: 'cable', cable })),
    },
    signal ? { signal } : {},
  );
}

function signalOf({ signal }: BenchSpec): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
