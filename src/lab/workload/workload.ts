// SPDX-License-Identifier: MIT
import { bareIp, formatPrefix } from '../../appliance/ipv4.ts';
import { UsageError } from '../../image/errors.ts';
import { endsOf, type Network } from '../topology/network.ts';
import { type ConnectOptions, connectLines } from './connect.ts';
import { type Counters, readCounters } from './counters.ts';
import { type FetchOptions, fetchLines, Transfers } from './fetch.ts';
import { Stream, type StreamOptions, streamLines } from './iperf.ts';
import { type PingOptions, Pings, pingLine } from './ping.ts';
import type { Results } from './results.ts';
import { Sending, type SendOptions, sendLines } from './send.ts';
import { readSlab, SLAB_COMMAND, type SlabCache } from './slab.ts';
import { readTally, type TallyOptions, tallyCommand, tallyReading } from './tally.ts';
import { captureLine, Trace } from './trace.ts';

/** A step at work in the background. */
export interface Background<T> {
  /** Asks it to end, and waits for that. */
  end(): T;
  /** Waits until it has ended by itself. */
  wait(): T;
}

/**
 * Takes down what happens in a cell, in order of time. Its methods run nothing: they note the step for the guest, and
 * give an object that reads the step's result when the guest has ended. Each step begins when the one before is over,
 * unless it was begun in the background.
 */
export class Workload {
  readonly network: Network;
  /** Lines for the guest's script, with the functions of guest/prelude.sh. */
  readonly lines: string[] = [];
  /** Links whose packets are kept. */
  readonly traces = new Set<string>();
  /** How many of the lines come before the changes' clock is started. */
  setUpLines = 0;
  private readonly results: Results;
  private steps = 0;

  constructor(network: Network, results: Results) {
    this.network = network;
    this.results = results;
  }

  /** The address of a node: that of its first drawn link, or of the link named. */
  address(node: string, link?: string): string {
    const links =
      link === undefined ? this.network.links : this.network.links.filter(({ name }) => name === link);
    const found = endsOf(links, node).find(({ address }) => address)?.address;
    if (!found) throw new UsageError(`${node} has no address${link === undefined ? '' : ` on ${link}`}`);
    return bareIp(formatPrefix(found));
  }

  /** Fetches a document over TCP, several times one after the other. */
  fetch(options: FetchOptions): Transfers {
    const name = this.name('fetch');
    this.lines.push(
      ...fetchLines(name, options.address ?? this.address(options.server, options.link), options),
    );
    return new Transfers(this.results, name, options);
  }

  /** Sends files to several addresses at once, in the background. */
  send(options: SendOptions): Background<Sending> {
    const name = this.name('send');
    this.lines.push(...sendLines(name, options));
    return this.background(name, new Sending(this.results, name, options));
  }

  /** Opens and closes very many TCP connections; each must be answered. */
  connect(options: ConnectOptions): void {
    this.lines.push(...connectLines(this.name('connect'), options));
  }

  /** What the kernel's allocator holds now, by the names of its caches. */
  slab(): () => ReadonlyMap<string, SlabCache> {
    const name = this.name('slab');
    this.lines.push(`step ${name} ${this.network.nodes[0]?.name} sh -e -c ${quote(SLAB_COMMAND)}`);
    return () => readSlab(this.results, name);
  }

  /** Counts packets that pass a node, from now on until the function that it gives is called. */
  tally(options: TallyOptions): () => { packets(): ReadonlyMap<string, number> } {
    this.shell(options.node, tallyCommand(options));
    return () => {
      const name = this.name('tally');
      this.lines.push(`step ${name} ${options.node} ${tallyReading(options)}`);
      return { packets: () => readTally(this.results, name, options) };
    };
  }

  /** One iperf3 run, over TCP or UDP. */
  stream(options: StreamOptions): Stream {
    return this.backgroundStream(options).wait();
  }

  /** The same in the background. */
  backgroundStream(options: StreamOptions): Background<Stream> {
    const name = this.name('iperf');
    this.lines.push(...streamLines(name, options.address ?? this.address(options.to, options.link), options));
    return this.background(name, new Stream(this.results, name, options));
  }

  /** Pings in the background, until they are ended. */
  ping(options: PingOptions): Background<Pings> {
    const name = this.name('ping');
    this.lines.push(pingLine(name, options.address ?? this.address(options.to, options.link), options));
    return this.background(name, new Pings(this.results, name));
  }

  /** Runs a shell command in a node, and gives what it printed. It may read and write files in $OUT, the run's results. */
  shell(node: string, command: string): { output(): string } {
    const name = this.name('shell');
    this.lines.push(`step ${name} ${node} sh -e -c ${quote(command)}`);
    return { output: () => this.results.text(name) };
  }

  /** The same in the background. */
  backgroundShell(node: string, command: string): Background<{ output(): string }> {
    const name = this.name('shell');
    this.lines.push(`begin ${name} ${node} sh -e -c ${quote(command)}`);
    return this.background(name, { output: () => this.results.text(name) });
  }

  /** Runs a shell command outside of all nodes, where devices are that can be moved into one. */
  root(command: string): void {
    this.lines.push(`{ ${command}; } || finish ${quote(`${command} failed`)}`);
  }

  /** Gives a box another plait.yaml: `plaitctl apply` and `confirm`. */
  configure(box: string, yaml: string): void {
    this.shell(box, `printf %s ${quote(yaml)} > /data/plait.yaml && plaitctl apply && plaitctl confirm`);
  }

  /** The drawing's changes count their time from here. Without this call, from the begin. */
  startClock(): void {
    this.setUpLines = this.lines.length;
  }

  /** Lets simulated time pass. */
  wait(seconds: number): void {
    this.lines.push(`sleep ${seconds}`);
  }

  /** Keeps the headers of all packets that leave a link by its right end or come in there; from the begin to the end. */
  trace(link: string): Trace {
    if (!this.network.links.some(({ name }) => name === link)) {
      const known = this.network.links.map(({ name }) => name).join(', ');
      throw new UsageError(`there is no link ${link} to trace; there are ${known}`);
    }
    this.traces.add(link);
    return new Trace(this.results, link);
  }

  /** Keeps the headers of all packets of a node's device, from now on. */
  capture(node: string, device: string): Trace {
    const name = this.name('capture');
    this.lines.push(...captureLine(name, node, device));
    return new Trace(this.results, name);
  }

  /** What the kernel has counted in a node by the end of the run. */
  counters(node: string): Counters {
    return readCounters(this.results, node);
  }

  private background<T>(name: string, result: T): Background<T> {
    return {
      end: () => {
        this.lines.push(`end ${name}`);
        return result;
      },
      wait: () => {
        this.lines.push(`wait_for ${name}`);
        return result;
      },
    };
  }

  private name(kind: string): string {
    this.steps++;
    return `${this.steps}-${kind}`;
  }
}

/** A word for the shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
