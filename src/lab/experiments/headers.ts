// SPDX-License-Identifier: MIT
/** What frames are made of, for the formulas of physical limits. Bytes. */

export const MTU = 1500;
export const ETHERNET = 14;
/** A full frame as links count it. */
export const FRAME = MTU + ETHERNET;
export const IPV4 = 20;
/** With the time stamps that Linux uses. */
export const TCP = 32;

/** Payload of a full frame with so many bytes of outer headers: TCP in IPv4, IP in IP when `outer` is 20. */
export function payload(outer = 0): number {
  return MTU - outer - IPV4 - TCP;
}

/** What a rate leaves to the payload of full frames, in the rate's unit. */
export function goodput(rate: number, outer = 0): number {
  return (rate * payload(outer)) / FRAME;
}
