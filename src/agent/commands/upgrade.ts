// SPDX-License-Identifier: MIT
/** `plaitctl upgrade`: hands a bundle to plaitd and follows what becomes of it. */
import type { Methods } from '../protocol.ts';
import { isBusy, type UpgradeJob } from '../upgrade/job-states.ts';
import { inMb } from '../upgrade/spool.ts';
import { ask, type Context, EXIT_FAILED, EXIT_OK, FailureError, NoDaemon, UsageError } from './context.ts';

const LOOK = 500;
/** Progress is told so often (ms). */
const TELL = 2000;
/** A plaitd that ended is started again by then (ms). */
const DAEMON_BACK = 30_000;

export async function upgradeCommand(context: Context): Promise<number> {
  const [name] = context.words;
  const job = name === undefined ? lastUpgrade(context) : ask(context, 'upgrade', request(context, name)).job;
  const ended = await follow(context, job);
  if (context.json) context.out(`${JSON.stringify(ended)}\n`);
  else if (ended.failure !== undefined) context.err(`plaitctl: ${failureText(ended)}\n`);
  return ended.state === 'failed' ? EXIT_FAILED : EXIT_OK;
}

function lastUpgrade(context: Context): UpgradeJob {
  const [option] = context.options.keys();
  if (option !== undefined) throw new UsageError(`--${option} belongs to an upgrade: name its bundle`);
  const { job } = ask(context, 'upgrade-job', {});
  if (job !== undefined) return job;
  const message = 'no upgrade was begun since the board started; "plaitctl slots" shows what is in the slots';
  throw new FailureError({ code: 'nothing', message });
}

function request(context: Context, name: string): Methods['upgrade']['params'] {
  const reboot = context.options.get('reboot') ?? 'now';
  if (reboot !== 'now' && reboot !== 'later')
    throw new UsageError(`--reboot "${reboot}" must be "now" or "later"`);
  const allowOlder = context.options.has('allow-older');
  const from = name === '-' ? 'standard input' : name;
  return { path: pathFor(context, name), name: from, reboot, allowOlder };
}

/** A path by which plaitd finds what this process calls so: its standard input, or a file from its folder. */
function pathFor({ ports }: Context, name: string): string {
  if (name.startsWith('/')) return name;
  const pid = /^\d+/.exec(ports.files.read('/proc/self/stat') ?? '')?.[0];
  if (pid === undefined) throw new Error('/proc/self/stat does not tell the process id');
  return name === '-' ? `/proc/${pid}/fd/0` : `/proc/${pid}/cwd/${name}`;
}

/** Tells each state as it comes; returns the upgrade as it ended. */
async function follow(context: Context, first: UpgradeJob): Promise<UpgradeJob> {
  const { clock } = context.ports;
  let job = first;
  let told = '';
  let toldAt = clock.monotonic();
  for (;;) {
    const now = clock.monotonic();
    if (job.state !== told) {
      told = job.state;
      toldAt = now;
      tell(context, stateText(job));
    } else if (now - toldAt >= TELL) {
      toldAt = now;
      tell(context, progressText(job));
    }
    if (!isBusy(job.state) || job.state === 'restarting') return job;
    await new Promise<void>((resolve) => clock.after(LOOK, resolve));
    job = await later(context, job);
  }
}

async function later(context: Context, { id }: UpgradeJob): Promise<UpgradeJob> {
  const { clock } = context.ports;
  const end = clock.monotonic() + DAEMON_BACK;
  for (;;) {
    try {
      const { job } = ask(context, 'upgrade-job', {});
      if (job?.id === id) return job;
      throw new Error(`upgrade ${id} is not known any more; "plaitctl slots" shows what is in the slots`);
    } catch (error) {
      if (!(error instanceof NoDaemon) || clock.monotonic() >= end) throw error;
    }
    await new Promise<void>((resolve) => clock.after(LOOK, resolve));
  }
}

function tell({ out, json }: Context, text: string | undefined): void {
  if (text !== undefined && !json) out(`${text}\n`);
}

/** Undefined: it is over at once, or its failure is told. */
function stateText(job: UpgradeJob): string | undefined {
  const { state, from, slot, size = 0, sha256 = '', version, key, note } = job;
  switch (state) {
    case 'receiving':
      return `upgrade ${job.id}: receiving ${from}`;
    case 'checking':
      return `checking ${inMb(size)} MB, SHA-256 ${sha256}`;
    case 'erasing':
    case 'switching':
    case 'failed':
      return undefined;
    case 'writing':
      return `version ${version}, signed with key ${key}: writing slot ${slot}`;
    case 'comparing':
      return `reading slot ${slot} back`;
    case 'installed':
      return [
        `version ${version} is in slot ${slot}; it starts with the next restart ("plaitctl reboot")`,
        ...(note === undefined ? [] : [note]),
      ].join('\n');
    case 'restarting':
      return `version ${version} is in slot ${slot}; the board restarts, and goes back by itself if it does not work`;
  }
}

function progressText({ done, total }: UpgradeJob): string | undefined {
  if (done === undefined) return undefined;
  return total === undefined ? `  ${inMb(done)} MB` : `  ${inMb(done)} of ${inMb(total)} MB`;
}

function failureText({ id, failure }: UpgradeJob): string {
  const unchanged = failure?.in === 'receiving' || failure?.in === 'checking' ? '; nothing was changed' : '';
  return `upgrade ${id} failed: ${failure?.message ?? 'no reason given'}${unchanged}`;
}
