// SPDX-License-Identifier: MIT
/** The board's button, as the kernel's input device tells of it: both edges, one after the other. */
import type { Files } from '../ports.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

const DEVICES = '/proc/bus/input/devices';
const ARCH = '/proc/sys/kernel/arch';
const SECONDS = 30;
/** Pressed and let go, each with the event that ends its report (input-event-codes.h). */
const EVENTS = 4;
const EV_KEY = 1;
/** 16-bit words of type, code and value, which end each event (linux/input.h: struct input_event). */
const TAIL = 4;
/** Milliseconds beyond the seconds in which a person presses. */
const SLACK = 5_000;

/** The device gives whole events only, so that they are read by `dd`; it is ended when nobody presses. */
const READ = `timeout "$1" dd if="$2" bs="$3" count=${EVENTS} 2>/dev/null | hexdump -v -e '1/2 "%u "'`;

/** `seconds`: for pressing and letting go. */
export async function button(input: PhaseInput): Promise<Measurements> {
  const { files, processes } = input.ports;
  const seconds = wholeNumber(input, 'seconds', SECONDS);
  await processes.run(['modprobe', 'evdev']);
  const device = deviceOf(files);
  // The times in front of each event are two machine words.
  const size = files.read(ARCH)?.trim() === 'x86_64' ? 24 : 16;
  const argv = ['sh', '-c', READ, 'sh', String(seconds), device, String(size)];
  const { stdout } = await processes.run(argv, { timeout: seconds * 1000 + SLACK });
  const edges = edgesIn(stdout, size / 2);
  const pressed = edges.indexOf(1);
  return { pressed: pressed >= 0, released: pressed >= 0 && edges.indexOf(0, pressed) > pressed };
}

function deviceOf(files: Files): string {
  const blocks = (files.read(DEVICES) ?? '').split('\n\n');
  const block = blocks.find((one) => /^N: Name="[^"]*gpio-keys/m.test(one));
  const event = /^H: Handlers=.*\b(event\d+)\b/m.exec(block ?? '')?.[1];
  if (event === undefined) throw new Error('the kernel has no button: no gpio-keys among its input devices');
  return `/dev/input/${event}`;
}

/** Values of key events: 1 pressed, 0 let go. */
function edgesIn(text: string, words: number): number[] {
  const numbers = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
  const edges: number[] = [];
  for (let at = words; at <= numbers.length; at += words) {
    const [type, , value] = numbers.slice(at - TAIL, at);
    if (type === EV_KEY && value !== undefined) edges.push(value);
  }
  return edges;
}
