// SPDX-License-Identifier: MIT
/**
 * How sure the time is, as a table of states and transitions. A board without a battery starts in the past; what it
 * starts from, the boot scripts say (S06clock, S12clock). From then on ntpd's reports count.
 */

/** From the least sure to the surest: see README.md of the configuration, "Time". */
export const CLOCK_STATES = [
  /** A server said what cannot be: a time before this firmware was built, or decades after it. */
  'implausible',
  /** Nothing was known but when the image was built. */
  'build-time',
  /** As late as when it was last saved, and the time that the board was off is missing. */
  'saved',
  /** The hardware clock was later than both; nobody knows how well it goes. */
  'hardware-clock',
  /** It was synchronised since the start; since then it runs on by itself. */
  'ntp-lost',
  /** Synchronised with a server, within the last reports. */
  'ntp',
] as const;
export type ClockState = (typeof CLOCK_STATES)[number];

export type ClockEvent =
  /** ntpd follows a server. */
  | 'synchronised'
  /** It follows none, was just started, or has set the clock by a jump and looks anew. */
  | 'unsynchronised'
  /** No report for longer than reports are apart: ntpd hangs, or nobody is asked any more. */
  | 'silent'
  /** It follows a server whose time cannot be, or has set the clock to such a time. */
  | 'implausible';

/** Where each event leads; an event that is not here changes nothing. */
const TRANSITIONS: Readonly<Record<ClockState, Partial<Record<ClockEvent, ClockState>>>> = {
  implausible: { synchronised: 'ntp' },
  'build-time': { synchronised: 'ntp', implausible: 'implausible' },
  saved: { synchronised: 'ntp', implausible: 'implausible' },
  'hardware-clock': { synchronised: 'ntp', implausible: 'implausible' },
  'ntp-lost': { synchronised: 'ntp', implausible: 'implausible' },
  ntp: { unsynchronised: 'ntp-lost', silent: 'ntp-lost', implausible: 'implausible' },
};

export function clockAfter(state: ClockState, event: ClockEvent): ClockState {
  return TRANSITIONS[state][event] ?? state;
}
