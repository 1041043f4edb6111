// SPDX-License-Identifier: MIT
/**
 * Everything at once for some seconds: memory, CPU, disk and ports, with a look at the temperature each second, and at the end at
 * what the kernel said of it. A burn-in is many of these, counted by the station, so that neither has to last for hours.
 */
import { sleep } from '../sleep.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';
import { compute } from './cpu.ts';
import { temperatures } from './hardware.ts';
import { fillMemory, freeMebibytes, LEAST } from './memory.ts';
import { exchangeAll, findCables, receiveErrors } from './nics.ts';
import { DROP_CACHES, FAILURE, kernelLines, wrongFiles } from './storage.ts';

const SECONDS = 60;
/** Milliseconds between two looks at the sensors. */
const LOOK = 1_000;
/** MiB that are read of the disk in one go, and milliseconds in which an old card has read them. */
const CHUNK = 32;
const READ = 120_000;
const MIB = 1_048_576;
/** Frames from each end before there is another look at the clock. */
const FRAMES = 500;
/** The kernel in trouble, or hardware that it has caught. */
const TROUBLE =
  /\b(?:BUG|Oops|WARNING|general protection|Machine check|Hardware Error|soft lockup|Out of memory)\b/i;
/** Milliseconds before the start that count, too: an error that falls between two loads is counted twice rather than not. */
const BETWEEN = 10_000;

interface Load {
  readonly input: PhaseInput;
  readonly goesOn: () => boolean;
}

/** `seconds`: at least. `pairs`: ports with a cable between them, as in eth0-eth1; absent: no load on ports. */
export async function load(input: PhaseInput): Promise<Measurements> {
  const { clock, processes } = input.ports;
  const seconds = wholeNumber(input, 'seconds', SECONDS);
  const begin = clock.monotonic();
  const end = begin + seconds * 1000;
  // Before the others fill the memory that its files are cached in.
  const write_wrong = await wrongFiles(input.ports);
  const one: Load = { input, goesOn: () => clock.monotonic() < end };
  const parts = await Promise.all([
    onCpu(one, end),
    onMemory(one),
    onDisk(one),
    onPorts(one),
    onSensors(one),
  ]);
  const said = (await kernelLines(processes)).filter((line) => timeOf(line) >= begin - BETWEEN);
  return {
    seconds: Math.floor((clock.monotonic() - begin) / 1000),
    ...Object.assign({}, ...parts),
    write_wrong,
    ata_errors: said.filter((line) => FAILURE.test(line)).length,
    kernel_errors: said.filter((line) => TROUBLE.test(line)).length,
  };
}

async function onCpu({ input }: Load, end: number): Promise<Measurements> {
  const { clock } = input.ports;
  const { rounds, wrong } = await compute(clock, (end - clock.monotonic()) / 1000);
  return { cpu_rounds: rounds, cpu_wrong: wrong };
}

async function onMemory({ input, goesOn }: Load): Promise<Measurements> {
  const { files, processes } = input.ports;
  const tested = freeMebibytes(files);
  let [passes, wrong] = [0, 0];
  if (tested >= LEAST)
    do {
      wrong += await fillMemory(processes, tested);
      passes++;
    } while (goesOn());
  return { memory_tested: Math.max(0, tested), memory_passes: passes, memory_wrong: wrong };
}

/** Reads the disk from its beginning to its end, and again. Writing for hours would wear a card. */
async function onDisk({ input, goesOn }: Load): Promise<Measurements> {
  const { files, disks, processes } = input.ports;
  const { disk } = input.board;
  if (disk === undefined) throw new Error('it is not known which disk the board was started from');
  const chunks = Math.max(1, Math.floor(disks.size(disk) / MIB / CHUNK));
  let [read, errors] = [0, 0];
  do {
    files.poke(DROP_CACHES, '1');
    const chunk = (read + errors) % chunks;
    const argv = ['dd', `if=${disk}`, 'of=/dev/null', `bs=${MIB}`, `count=${CHUNK}`, `skip=${chunk * CHUNK}`];
    const { code } = await processes.run(argv, { timeout: READ });
    if (code === 0) read++;
    else errors++;
  } while (goesOn());
  return { disk_read: read * CHUNK, disk_errors: errors };
}

async function onPorts({ input, goesOn }: Load): Promise<Measurements> {
  if (!input.parameters.has('pairs')) return {};
  const cables = await findCables(input);
  const { links, ports } = cables;
  if (links < ports.length) return { links };
  const before = receiveErrors(input, cables);
  let [frames, lost, changed] = [0, 0, 0];
  do {
    const seen = await exchangeAll(input, cables, FRAMES);
    frames += seen.sent;
    lost += seen.lost;
    changed += seen.changed;
  } while (goesOn());
  return { links, frames, lost, changed, receive_errors: receiveErrors(input, cables) - before };
}

async function onSensors({ input, goesOn }: Load): Promise<Measurements> {
  const { files, clock } = input.ports;
  const seen: number[] = [];
  const { sensors } = temperatures(files);
  do {
    const { hottest } = temperatures(files);
    if (hottest !== undefined) seen.push(hottest);
    await sleep(clock, LOOK);
  } while (goesOn());
  return {
    sensors,
    ...(seen.length === 0 ? {} : { coldest: Math.min(...seen), hottest: Math.max(...seen) }),
  };
}

/** Milliseconds since the start, as the kernel has put it before a line; a line without counts always. */
function timeOf(line: string): number {
  const found = /^(?:<\d+>)?\[ *(\d+\.\d+)\]/.exec(line)?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found) * 1000;
}
