// SPDX-License-Identifier: MIT
/**
 * What this board takes for ciphers, packets and timers, as its kernel's module plait_calibrate measures it (src/kmod). Packets
 * are forwarded in a network namespace of their own, between two devices without hardware, so nothing of the board's own network
 * is touched and nothing stays.
 */
import { RELEASE } from '../paths.ts';
import type { Files } from '../ports.ts';
import { type BoardPhase, type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

const CLOCK_SOURCE = '/sys/devices/system/clocksource/clocksource0';
const CLOCK_EVENT = '/sys/devices/system/clockevents/clockevent0/current_device';
const TIMER_LIST = '/proc/timer_list';
/** Milliseconds: the module takes some seconds on a Geode. */
const TIMEOUT = 60_000;

/** `sh -c MEASURE sh <parameters of the module>`: its figures. A module that was left loaded would answer with older ones. */
const MEASURE = `
set -e
m=plait_calibrate
if [ -e /sys/module/$m ]; then rmmod $m; fi
modprobe $m "$@"
trap 'rmmod $m' EXIT
cat /sys/module/$m/parameters/result
`;

/** Ways of packets to 10.2.0.0/16. Far ends of tunnels are behind the same device, which asks for no neighbours. */
const WAYS = {
  forward: 'ip route add 10.2.0.0/16 dev out',
  plait: `
ip route add 198.51.100.0/24 dev out
ip link add plaited type plait
for n in 1 2; do
  ip link add leg$n type ipip local 203.0.113.1 remote 198.51.100.$n ttl 64 dev out
  ip link set leg$n master plaited
  ip link set leg$n up
done
ip link set plaited up
ip route add 10.2.0.0/16 dev plaited`,
} as const;

/** Between two devices, of which the second takes and counts what it is given to send. */
const inNamespace = (way: string) => `
set -e
# Loaded by the next command, it would make a device for the board itself.
modprobe dummy numdummies=0
ip link add in type dummy
ip link add out type dummy
for s in ip_forward=1 conf.all.rp_filter=0 conf.default.rp_filter=0 conf.all.ignore_routes_with_linkdown=0; do
  sysctl -q -w net.ipv4.$s
done
ip address add 10.1.0.1/16 dev in
ip address add 203.0.113.1/24 dev out
ip link set lo up
ip link set in up
ip link set out up
${way}
${MEASURE}`;

export const calibrateSystem: BoardPhase = ({ ports: { files }, board }) => {
  const cpu = files.read('/proc/cpuinfo') ?? '';
  const value = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpu)?.[1]?.trim();
  const build = /^build=(\S+)$/m.exec(files.read(RELEASE) ?? '')?.[1];
  return present({
    board: board.name,
    build,
    kernel: files.read('/proc/sys/kernel/osrelease')?.trim(),
    kernel_version: files.read('/proc/sys/kernel/version')?.trim(),
    cpus: (cpu.match(/^processor\s*:/gm) ?? []).length,
    ...{ vendor: value('vendor_id'), model_name: value('model name'), flags: value('flags') },
    ...{ family: numberOf(value('cpu family')), model: numberOf(value('model')) },
    ...{ stepping: numberOf(value('stepping')), clock: numberOf(value('cpu MHz')) },
  });
};

export async function calibrateClock(input: PhaseInput): Promise<Measurements> {
  const { files } = input.ports;
  const device = files.read(CLOCK_EVENT)?.trim();
  const facts = present({
    source: files.read(`${CLOCK_SOURCE}/current_clocksource`)?.trim(),
    sources: files.read(`${CLOCK_SOURCE}/available_clocksource`)?.trim(),
    timer: device,
    timer_ahead_ns: device === undefined ? undefined : shortestTimer(files, device),
  });
  return { ...facts, ...(await figures(input, MEASURE, ['run=clock'])) };
}

/** `bytes`: of a message. */
export function calibrateCipher(input: PhaseInput): Promise<Measurements> {
  return figures(input, MEASURE, ['run=cipher', `bytes=${wholeNumber(input, 'bytes', 1400)}`]);
}

export function calibrateX25519(input: PhaseInput): Promise<Measurements> {
  return figures(input, MEASURE, ['run=x25519']);
}

/** `bytes`: of an IPv4 packet. */
export const calibrateForward: BoardPhase = (input) => packets(input, 'forward');
export const calibratePlait: BoardPhase = (input) => packets(input, 'plait');

function packets(input: PhaseInput, way: keyof typeof WAYS): Promise<Measurements> {
  const bytes = `bytes=${wholeNumber(input, 'bytes', 1400)}`;
  return figures(
    input,
    inNamespace(WAYS[way]),
    ['run=packets', 'in=in', 'out=out', bytes],
    ['unshare', '-n'],
  );
}

async function figures(
  { ports: { processes } }: PhaseInput,
  script: string,
  parameters: readonly string[],
  within: readonly string[] = [],
): Promise<Measurements> {
  const argv = [...within, 'sh', '-c', script, 'sh', ...parameters];
  const { code, stdout, stderr } = await processes.run(argv, { timeout: TIMEOUT });
  const found = figuresIn(stdout);
  if (code !== 0 || Object.keys(found).length === 0)
    throw new Error(`the kernel did not measure ${parameters[0]} (exit code ${code}): ${stderr.trim()}`);
  return found;
}

/** Lines of a name and a number. */
function figuresIn(text: string): Measurements {
  return Object.fromEntries(
    [...text.matchAll(/^([a-z][a-z0-9_]*) (\d+(?:\.\d+)?)$/gm)].map(([, name = '', value]) => [
      name,
      Number(value),
    ]),
  );
}

/** How little ahead, in nanoseconds, the kernel sets the timer: `min_delta_ns` below the name of the device. */
function shortestTimer(files: Files, device: string): number | undefined {
  const lines = (files.read(TIMER_LIST) ?? '').split('\n');
  const at = lines.findIndex((line) => line.trim() === `Clock Event Device: ${device}`);
  const found = lines.slice(at + 1).find((line) => /^ min_delta_ns:/.test(line));
  return at < 0 ? undefined : numberOf(found?.replace(/^.*:\s*/, ''));
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Without what the kernel does not say. */
function present(given: Record<string, number | string | undefined>): Measurements {
  return Object.fromEntries(
    Object.entries(given).filter(
      (entry): entry is [string, number | string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}
