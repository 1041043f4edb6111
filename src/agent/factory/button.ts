// SPDX-License-Identifier: MIT
/** The board's button, as the kernel's input device tells of it: both edges, one after the other. */
import { findButton, wordBytes } from '../panel/button-device.ts';
import { type Measurements, type PhaseInput, wholeNumber } from './board-phase.ts';

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
  const device = findButton(files)?.path;
  if (device === undefined) throw new Error('the kernel has no button among its input devices');
  // Two machine words of time, and the tail.
  const size = 2 * wordBytes(files) + 2 * TAIL;
  const argv = ['sh', '-c', READ, 'sh', String(seconds), device, String(size)];
  const { stdout } = await processes.run(argv, { timeout: seconds * 1000 + SLACK });
  const edges = edgesIn(stdout, size / 2);
  const pressed = edges.indexOf(1);
  return { pressed: pressed >= 0, released: pressed >= 0 && edges.indexOf(0, pressed) > pressed };
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
