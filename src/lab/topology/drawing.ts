// SPDX-License-Identifier: MIT
/**
 * Topologies as text. A line joins nodes from left to right by cables and links, or changes a link at a time:
 *
 *   client --[ dsl: 1mbit/16mbit 10ms queue=50 loss=1% jitter=5ms mtu=1492 ]-- isp -- server
 *   branch:eth1.5=198.18.5.2/24 --[ 8mbit 10ms ]-- far:eth1.5=198.18.5.1/24
 *   at 5s: dsl down
 *   at 9s: dsl [ 4mbit ]
 */

import { formatPrefix, type Prefix, parsePrefix } from '../../appliance/ipv4.ts';
import { UsageError } from '../../image/errors.ts';
import { type LinkTraits, linkTrait, milliseconds } from './traits.ts';

/** Where a cable ends: the node, and what was written of port, VLAN and address. */
export interface End {
  readonly node: string;
  /** `eth1`; without one the node's next free port is taken. */
  readonly port?: string;
  /** 802.1Q tag, for several cables on one port. */
  readonly vlan?: number;
  /** Address with the length of its network. */
  readonly address?: Prefix;
}

/** A cable or link between two nodes, from left to right as drawn. */
export interface DrawnLink {
  /** The label, else `left-right`, with a number when there are several. */
  readonly name: string;
  readonly left: End;
  readonly right: End;
  readonly traits: LinkTraits;
  /** Line of the drawing, for messages. */
  readonly line: number;
}

/** `down` and `up`: the carrier; `cut` and `mend`: packets vanish in silence; else new traits. */
export type Change = 'down' | 'up' | 'cut' | 'mend' | LinkTraits;

export interface DrawnEvent {
  /** Milliseconds after the workload's begin. */
  readonly at: number;
  readonly link: string;
  readonly change: Change;
}

export interface Drawing {
  readonly links: readonly DrawnLink[];
  readonly events: readonly DrawnEvent[];
}

/** Something in a drawing that cannot be; says where. */
export class DrawingError extends UsageError {
  override name = 'DrawingError';

  constructor(line: number, column: number, message: string) {
    super(`topology, line ${line}, column ${column}: ${message}`);
  }
}

/** Reads a drawing. @throws DrawingError */
export function readDrawing(text: string): Drawing {
  const links: DrawnLink[] = [];
  const events: DrawnEvent[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const reader = new LineReader(line, index + 1);
    if (reader.atEnd()) continue;
    if (reader.take(/at\s/y)) events.push(readEvent(reader, links));
    else readChain(reader, links);
  }
  if (links.length === 0)
    throw new DrawingError(1, 1, "no link is drawn; write one as in 'client -- server'");
  return { links, events };
}

function readChain(reader: LineReader, links: DrawnLink[]): void {
  let left = readEnd(reader);
  do {
    const at = reader.column;
    const { label, traits } = readConnector(reader);
    const right = readEnd(reader);
    if (left.node === right.node) reader.fail(at, `${left.node} is joined with itself`);
    links.push({
      name: nameOf(reader, at, label, left, right, links),
      left,
      right,
      traits,
      line: reader.line,
    });
    // What is written of an end belongs to one cable; the next cable of the node has a port of its own.
    left = { node: right.node };
  } while (!reader.atEnd());
}

/** `node:port.vlan=address`, all but the node optional. */
function readEnd(reader: LineReader): End {
  const at = reader.column;
  const name = reader.expect(/[a-z][a-z0-9-]*(?<!-)/y, 'a node: small letters, digits and inner hyphens');
  const port = reader.take(/:([a-z][a-z0-9]*)(?:\.(\d+))?/y);
  const written = reader.take(/=([^\s[]+)/y)?.[1];
  const vlan = port?.[2] === undefined ? undefined : Number(port[2]);
  if (name[0].length > 12) reader.fail(at, `${name[0]} is longer than 12 characters`);
  if (vlan !== undefined && (vlan < 1 || vlan > 4094)) reader.fail(at, `VLAN ${vlan} is not from 1 to 4094`);
  return {
    node: name[0],
    ...(port?.[1] === undefined ? {} : { port: port[1] }),
    ...(vlan === undefined ? {} : { vlan }),
    ...(written === undefined ? {} : { address: addressAt(reader, at, written) }),
  };
}

function addressAt(reader: LineReader, at: number, text: string): Prefix {
  const address = parsePrefix(text);
  if (address === undefined) return reader.fail(at, `'${text}' is not an address as in 192.0.2.1/24`);
  return address;
}

function readConnector(reader: LineReader): { label?: string; traits: LinkTraits } {
  const open = reader.expect(/--(\[)?/y, "'--' or '--[ … ]--'");
  if (open[1] === undefined) return { traits: {} };
  const label = reader.take(/([a-z][a-z0-9-]*):(?=[\s\]])/y)?.[1];
  const traits = readTraits(reader);
  reader.expect(/--/y, "'--' after ']'");
  return { ...(label === undefined ? {} : { label }), traits };
}

/** Traits up to and with the closing bracket. */
function readTraits(reader: LineReader): LinkTraits {
  let traits: LinkTraits = {};
  while (!reader.take(/\]/y)) {
    const at = reader.column;
    const word = reader.expect(/[^\s\]]+/y, "a trait of the link, or ']'")[0];
    const trait = linkTrait(word);
    if (typeof trait === 'string') return reader.fail(at, trait);
    const twice = Object.keys(trait).find((key) => key in traits);
    if (twice !== undefined) reader.fail(at, `'${word}': ${twice} is given twice`);
    traits = { ...traits, ...trait };
  }
  return traits;
}

function nameOf(
  reader: LineReader,
  at: number,
  label: string | undefined,
  left: End,
  right: End,
  links: readonly DrawnLink[],
): string {
  const taken = new Set(links.map(({ name }) => name));
  if (label !== undefined) {
    if (taken.has(label)) reader.fail(at, `two links are called ${label}`);
    return label;
  }
  const plain = `${left.node}-${right.node}`;
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
  return name;
}

function readEvent(reader: LineReader, links: readonly DrawnLink[]): DrawnEvent {
  const at = milliseconds(reader.expect(/([\d.]+m?s):/y, "a time as in '5s:' or '300ms:'")[1] ?? '');
  const column = reader.column;
  const link = reader.expect(/[a-z][a-z0-9-]*/y, 'the name of a link')[0];
  if (at === undefined) return reader.fail(column, 'the time is no number');
  if (!links.some(({ name }) => name === link)) {
    const known = links.map(({ name }) => name).join(', ');
    return reader.fail(column, `there is no link ${link} above; there are ${known}`);
  }
  const change = readChange(reader);
  if (!reader.atEnd()) reader.fail(reader.column, 'nothing may follow a change');
  return { at, link, change };
}

function readChange(reader: LineReader): Change {
  if (reader.take(/\[/y)) return readTraits(reader);
  const word = reader.expect(/(?:down|up|cut|mend)\b/y, "'down', 'up', 'cut', 'mend' or '[ new traits ]'")[0];
  return word as Change;
}

/** The text of an end, as it is read. */
export function formatEnd({ node, port, vlan, address }: End): string {
  const device = port === undefined ? '' : `:${port}${vlan === undefined ? '' : `.${vlan}`}`;
  return `${node}${device}${address === undefined ? '' : `=${formatPrefix(address)}`}`;
}

/** Walks over one line, blanks apart. */
class LineReader {
  readonly line: number;
  private readonly text: string;
  private position = 0;

  constructor(text: string, line: number) {
    this.text = text.replace(/#.*/, '').trimEnd();
    this.line = line;
  }

  /** Column of the next thing, from 1. */
  get column(): number {
    this.skipBlanks();
    return this.position + 1;
  }

  atEnd(): boolean {
    this.skipBlanks();
    return this.position >= this.text.length;
  }

  /** What a sticky pattern matches here, or nothing. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    this.skipBlanks();
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.position = pattern.lastIndex;
    return found;
  }

  expect(pattern: RegExp, what: string): RegExpExecArray {
    const found = this.take(pattern);
    if (found) return found;
    const rest = this.text.slice(this.position).split(/\s/)[0] ?? '';
    return this.fail(
      this.column,
      `${rest === '' ? 'the line ends' : `'${rest}' stands`} where ${what} should be`,
    );
  }

  fail(column: number, message: string): never {
    throw new DrawingError(this.line, column, message);
  }

  private skipBlanks(): void {
    while (this.text[this.position] === ' ' || this.text[this.position] === '\t') this.position++;
  }
}
