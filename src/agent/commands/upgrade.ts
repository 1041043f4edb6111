// SPDX-License-Identifier: MIT
/** `plaitctl upgrade`: hands a bundle to plaitd and follows what becomes of it. */
import type { Methods } from '../protocol.ts';
import { sleep } from '../sleep.ts';
import { isBusy, UPGRADE_TRANSITIONS, type UpgradeJob, type UpgradeState } from '../upgrade/job-states.ts';
import { isUrl, type Origin } from '../upgrade/receive.ts';
import { inMb } from '../upgrade/spool.ts';
import { isOnStick } from '../upgrade/stick.ts';
import type { UpgradeTerms } from '../upgrade/upgrader.ts';
import { ask, type Context, EXIT_FAILED, EXIT_OK, FailureError, NoDaemon, UsageError } from './context.ts';

const LOOK = 500;
/** Progress is told so often (ms). */
const TELL = 2000;
/** A plaitd that ended is started again by then (ms). */
const DAEMON_BACK = 30_000;

export async function upgradeCommand(context: Context): Promise<number> {
  const { options } = context;
  if (options.has('close')) return closeUpload(context);
  const ended = await follow(context, options.has('listen') ? listen(context) : beginOrLast(context));
  if (context.json) context.out(`${JSON.stringify(ended)}\n`);
  else if (ended.failure !== undefined) context.err(`plaitctl: ${failureText(ended)}\n`);
  return ended.state === 'failed' ? EXIT_FAILED : EXIT_OK;
}

function beginOrLast(context: Context): UpgradeJob {
  const [name] = context.words;
  return name === undefined ? lastUpgrade(context) : ask(context, 'upgrade', request(context, name)).job;
}

/** Lets a client of the LAN upload the bundle, and tells how. */
function listen(context: Context): UpgradeJob {
  if (context.words.length > 0) throw new UsageError('--listen waits for a bundle: name none');
  const { job, token } = ask(context, 'upgrade-listen', terms(context));
  if (context.json) context.out(`${JSON.stringify({ job, token })}\n`);
  else if (job.upload !== undefined) context.out(uploadHelp(context, job.id, job.upload, token));
  return job;
}

function uploadHelp(
  { ports: { clock } }: Context,
  id: number,
  { url, until }: NonNullable<UpgradeJob['upload']>,
  token: string,
): string {
  const left = until - clock.monotonic();
  const at = new Date(clock.wall() + left).toISOString().slice(11, 19);
  return [
    `upgrade ${id}: an upload is taken for ${Math.round(left / 60_000)} minutes, until ${at} UTC, from the LAN only.`,
    'On a computer there, with the bundle in its folder:',
    '',
    `  auth='Authorization: Bearer ${token}'`,
    `  file=plait-${PLAIT_BOARD}.swu url=${url}`,
    '  sum=$(sha256sum $file | cut -c-64)',
    '  curl -H "$auth" -T $file $url/$sum',
    '',
    'Broken off? This tells Upload-Offset, and the second line goes on behind it:',
    '',
    '  curl -H "$auth" -I $url/$sum',
    '  curl -H "$auth" -T $file -C OFFSET $url/$sum',
    '',
    '"plaitctl upgrade" alone follows it from elsewhere, as does curl -H "$auth" $url;',
    '"plaitctl upgrade --close" ends the waiting.',
    '',
  ].join('\n');
}

function closeUpload(context: Context): number {
  if (context.words.length > 0 || context.options.size > 1)
    throw new UsageError('--close goes with nothing else');
  ask(context, 'upgrade-close', {});
  tell(context, 'no upload is taken any more');
  return EXIT_OK;
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
  return { ...origin(context, name), ...terms(context) };
}

function terms(context: Context): UpgradeTerms {
  const reboot = context.options.get('reboot') ?? 'now';
  if (reboot !== 'now' && reboot !== 'later')
    throw new UsageError(`--reboot "${reboot}" must be "now" or "later"`);
  return { reboot, allowOlder: context.options.has('allow-older') };
}

/** By which path plaitd finds what this process calls so: its standard input, a file from its folder, a URL. */
function origin({ ports }: Context, name: string): Origin {
  if (/^https:/i.test(name))
    throw new UsageError(
      'https:// cannot be: wget on the board checks no certificate. A bundle is signed, so http:// is as safe; or send it: curl URL | ssh root@BOARD plaitctl upgrade -',
    );
  // A password in it is for nobody's eyes.
  if (isUrl(name)) return { path: name, name: name.replace(/\/\/[^/]*@/, '//') };
  if (/^\w+:\/\//.test(name)) throw new UsageError(`"${name}" must begin with http://, or be a file`);
  if (isOnStick(name)) return { path: name, name: name === 'usb' ? 'a USB stick' : name };
  if (name.startsWith('/')) return { path: name, name };
  const pid = /^\d+/.exec(ports.files.read('/proc/self/stat') ?? '')?.[0];
  if (pid === undefined) throw new Error('/proc/self/stat does not tell the process id');
  return name === '-'
    ? { path: `/proc/${pid}/fd/0`, name: 'standard input' }
    : { path: `/proc/${pid}/cwd/${name}`, name };
}

/** Tells each state, also those that were over before anybody looked; returns the upgrade as it ended. */
async function follow(context: Context, first: UpgradeJob): Promise<UpgradeJob> {
  const { clock } = context.ports;
  let job = first;
  let told: UpgradeState[] = [];
  let toldAt = clock.monotonic();
  for (;;) {
    const now = clock.monotonic();
    const passed = passedStates(job);
    if (passed.length > told.length) {
      for (const state of passed.slice(told.length)) tell(context, stateText(job, state));
      told = passed;
      toldAt = now;
    } else if (now - toldAt >= TELL) {
      toldAt = now;
      tell(context, progressText(job, now));
    }
    if (!isBusy(job.state) || job.state === 'restarting') return job;
    await sleep(clock, LOOK);
    job = await later(context, job);
  }
}

/** The states that it was in, and the one it is in. */
function passedStates({ state, failure }: UpgradeJob): UpgradeState[] {
  const last = failure?.in ?? state;
  const passed: UpgradeState[] = [];
  for (let at: UpgradeState | undefined = 'receiving'; at !== undefined; at = UPGRADE_TRANSITIONS[at].done) {
    passed.push(at);
    if (at === last) return passed;
  }
  // A restart takes the place of `installed`.
  return [...passed.slice(0, -1), last];
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
    await sleep(clock, LOOK);
  }
}

function tell({ out, json }: Context, text: string | undefined): void {
  if (text !== undefined && !json) out(`${text}\n`);
}

/** Undefined: it is over at once, or its failure is told. */
function stateText(job: UpgradeJob, state: UpgradeState): string | undefined {
  const { from, slot, size = 0, sha256 = '', version, key, note } = job;
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

/** `now`: milliseconds since boot. */
function progressText({ state, done, total, upload }: UpgradeJob, now: number): string | undefined {
  if (state === 'receiving' && upload !== undefined) return uploadText(upload, now, done, total);
  if (done === undefined) return undefined;
  return total === undefined ? `  ${inMb(done)} MB` : `  ${inMb(done)} of ${inMb(total)} MB`;
}

function uploadText(
  { until }: NonNullable<UpgradeJob['upload']>,
  now: number,
  done?: number,
  total?: number,
): string {
  const left = `${Math.max(0, Math.ceil((until - now) / 1000))} s left`;
  return total === undefined
    ? `  nothing came yet, ${left}`
    : `  ${inMb(done ?? 0)} of ${inMb(total)} MB, ${left}`;
}

function failureText({ id, failure }: UpgradeJob): string {
  const unchanged = failure?.in === 'receiving' || failure?.in === 'checking' ? '; nothing was changed' : '';
  return `upgrade ${id} failed: ${failure?.message ?? 'no reason given'}${unchanged}`;
}
