// SPDX-License-Identifier: MIT
/**
 * Which port is meant, told by its cable. Pure: it is given the ports with a link after each change that has settled.
 *
 * | state  | one port gets a link | one port loses it | several change |
 * |--------|----------------------|-------------------|----------------|
 * | `wait` | found                | `lost`            | `wait`, say so |
 * | `lost` | found                | `lost`            | `wait`, say so |
 */

export type Plugged =
  | { event: 'nothing' }
  | { event: 'found'; port: string }
  | { event: 'lost'; port: string }
  | { event: 'several'; ports: string[] };

export class PlugWatch {
  #before: ReadonlySet<string>;

  constructor(linked: ReadonlySet<string>) {
    this.#before = linked;
  }

  change(linked: ReadonlySet<string>): Plugged {
    const came = [...linked].filter((port) => !this.#before.has(port));
    const went = [...this.#before].filter((port) => !linked.has(port));
    this.#before = linked;
    const [port] = [...came, ...went];
    if (port === undefined) return { event: 'nothing' };
    // A cable that moved from one port to another is where it came to.
    if (came.length === 1 && went.length <= 1) return { event: 'found', port };
    if (came.length === 0 && went.length === 1) return { event: 'lost', port };
    return { event: 'several', ports: [...came, ...went] };
  }
}
