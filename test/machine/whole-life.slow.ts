// SPDX-License-Identifier: MIT
/**
 * The life of a board, as docs/field.md tells it, and the page itself: built, flashed, set up over its serial console, plaited with
 * a far end, upgraded under traffic, given a bad version, and its power cut.
 *
 *   host eth0 ─── eth0 branch eth1 ═══ VLAN 5 (dsl) and 6 (cable) ═══ eth1 far
 *              the operator ─── eth2
 *
 * Host and far end are boards, too. What the operator types is typed here as it stands on the page.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Status } from '../../src/agent/status.ts';
import { plaitVersion, repository } from '../../src/cli/project.ts';
import { emulatorPackages } from '../../src/machine/firmware.ts';
import { Cable, type Plug } from '../../src/machine/wiring.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { freePort, Operator, serve } from './field/operator.ts';
import { FieldPage } from './field/page.ts';
import {
  ANSWERS,
  BRANCH,
  FAR_LAN,
  FAR_YAML,
  MOST_AWAY,
  OPERATOR,
  story,
  TUNNEL,
  versionsAfter,
} from './field/story.ts';
import { type Answered, lost, SteadyPing, secondsOf } from './field/traffic.ts';
import { buildVersion } from './field/versions.ts';
import { BOOT_TIMEOUT, Guest, SECONDS, statusIn } from './guest.ts';
import { shippedImage } from './images.ts';

await needs(...emulatorPackages('bios'), 'openssh-client', 'cpio', 'openssl');

const PAGE = join(repository, 'docs/field.md');
const VERSIONS = versionsAfter(plaitVersion());
const told = story(VERSIONS);
const CARD = 256 * 1024 * 1024;
const UPGRADE = 180 * SECONDS;
/** Five minutes to prove itself, the restart, and a machine that does other things. */
const PROOF = 480 * SECONDS;
/** Answers in a row that make a tunnel whole. */
const SETTLED = 25;

interface Scene {
  folder: string;
  page: FieldPage;
  operator: Operator;
  branch: Guest;
  far: Guest;
  host: Guest;
  console: SerialConsole;
  traffic: SteadyPing;
  /** The checkouts of later versions. */
  checkouts: Record<'good' | 'bad' | 'mended', string>;
  server: Server;
  webPort: number;
  /** Sums of all configurations on the board, confirmed ones and the one that is edited. */
  confirmed: string[];
  failedIn: string | undefined;
}

const life = suite<Scene>('The life of a board');

/** Each step begins where the one before ended: behind a failure there is nothing to see. */
function step(title: string, body: (scene: Scene) => Promise<void>): void {
  life(title, async (scene) => {
    assert.is(scene.failedIn, undefined);
    scene.failedIn = title;
    await body(scene);
    scene.failedIn = undefined;
  });
}

life.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-life-'));
  const image = await shippedImage('alix');
  scene.checkouts = {
    good: join(scene.folder, 'good'),
    bad: join(scene.folder, 'bad'),
    mended: join(scene.folder, 'mended'),
  };
  await buildVersion(scene.checkouts.good, VERSIONS.good);
  await buildVersion(scene.checkouts.bad, VERSIONS.bad, forbidModules);
  await buildVersion(scene.checkouts.mended, VERSIONS.mended);
  const sshPort = await freePort();
  scene.operator = await Operator.make(scene.folder, BRANCH, sshPort);
  const web = await serve(() => readFile(join(scene.checkouts.bad, 'out/alix/plait-alix.swu')));
  [scene.server, scene.webPort] = [web.server, web.port];
  scene.page = new FieldPage(
    new Map([
      [`:${web.port}/`, ':8000/'],
      [`${scene.operator.folder}/`, ''],
      [`${repository}/`, ''],
      [join(process.env.HOME ?? '/root', '.config/plait/keys'), '~/.config/plait/keys'],
    ]),
  );

  const cable = (name: string): Plug => ({ to: 'cable', cable: new Cable(join(scene.folder, name)) });
  const [lan, lines] = [cable('lan'), cable('lines')];
  const desk: Plug = {
    to: 'user',
    network: { network: '192.168.50.0/24', host: OPERATOR, board: BRANCH },
    forwards: [{ host: sshPort, board: 22 }],
  };
  // The card that the product's own command writes.
  scene.page.say(told.intro.title, told.intro.text, told.intro.shown);
  await tellOfImageAndCard(scene);
  const file = join(scene.operator.folder, 'card.img');
  scene.branch = await Guest.start({ name: 'life-branch', image, file, plugs: [lan, lines, desk] });
  scene.far = await Guest.start({ name: 'life-far', image, plugs: [{ to: 'nothing' }, lines] });
  scene.host = await Guest.start({ name: 'life-host', image, plugs: [lan] });
});

life.after(async ({ branch, far, host, console, server, folder }) => {
  server?.close();
  await console?.close();
  for (const guest of [branch, far, host]) await guest?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function tellOfImageAndCard({ operator, page }: Scene): Promise<void> {
  const { image, flash } = told;
  page.say(image.title, image.text);
  page.typed('$', image.build, lastLine(await operator.must(image.build, { timeout: 1200 * SECONDS })));
  page.say(flash.title, flash.text);
  writeFileSync(join(operator.folder, 'card.img'), '');
  truncateSync(join(operator.folder, 'card.img'), CARD);
  page.typed('$', flash.write, await operator.must(flash.write));
}

step('starts from the flashed card with safe defaults', async ({ branch, page }) => {
  const started = await startedSlot({ console: branch.console });
  const issue = await branch.console.expect(/(Plait [^\r\n]*)[\r\n][\s\S]*?(\S+ login: )$/, {
    timeout: BOOT_TIMEOUT,
    clean: true,
  });
  assert.is(started.slot, 'a');
  page.say(told.boot.title, told.boot.text);
  page.console(`${started.line}\n${issue.groups[0]}\n${issue.groups[1]}`);
  page.say(told.boot.after);
});

step('is set up over its serial console by another computer', async (scene) => {
  const { branch, far, host, operator, page } = scene;
  await Promise.all([far.boot().then(() => setUpFar(far)), host.boot().then(() => setUpHost(host))]);
  // Two readers of one port would each get half.
  await branch.console.close();
  const answers = `${ANSWERS}ssh-key: ${operator.key}\n`;
  operator.write('answers.yaml', answers);
  page.say(told.setup.title, told.setup.text);
  page.file('answers.yaml', `${ANSWERS}ssh-key: ssh-ed25519 … operator@desk`);
  const typed = told.setup.run.replace('/dev/ttyUSB0', branch.machine.serial);
  const output = await operator.must(typed);
  page.typed('$', told.setup.run, output.replaceAll(branch.machine.serial, '/dev/ttyUSB0'));
  page.say(told.setup.after);
  assert.match(output, /^The board is set up\.$/m);
  assert.not.match(output, /FAIL/);
  scene.console = await SerialConsole.open(branch.machine.serial, 38_400, {
    log: join(repository, 'out/machine-tests/life-branch-2.log'),
  });
});

step('is plaited with the far end', async (scene) => {
  const { operator, page, far, host } = scene;
  const { plait } = told;
  page.say(plait.title, plait.text);
  page.file('plait.yaml', FAR_YAML);
  page.say(plait.branch);
  page.file('tunnel.yaml', TUNNEL);
  operator.write('tunnel.yaml', TUNNEL);
  for (const command of [plait.add, plait.check, plait.apply, plait.confirm])
    page.typed('$', command, await operator.must(command));
  await plaited(scene);
  await host.until(`ping -c 1 -W 2 ${FAR_LAN}`, (output) => output.includes(' 0% packet loss'), 30 * SECONDS);
  scene.traffic = await SteadyPing.start(host, FAR_LAN);
  await scene.traffic.more(SETTLED, 60 * SECONDS);
  const legs = (await statusOf(scene)).tunnels.flatMap((tunnel) => tunnel.legs);
  assert.ok(
    legs.every(({ txPackets }) => txPackets > 0),
    JSON.stringify(legs),
  );
  page.say(plait.after);
  page.typed('$', plait.sum, await operator.must(plait.sum));
  scene.confirmed = await configurations(scene);
  await untilSlots(scene, /^a .* running, confirmed +3$/m);
  assert.match(await far.ask('plaitctl status'), 'live');
});

step('gets the next version while packets travel, and loses none of them', async (scene) => {
  const { operator, page, traffic, checkouts } = scene;
  const { upgrade } = told;
  page.say(upgrade.title, upgrade.text);
  const before = await traffic.answered();
  page.typed('$', upgrade.send, await operator.must(upgrade.send, { folder: checkouts.good }));
  const written = await traffic.answered();
  tellLost('while the bundle came in', written, before, written);
  assert.is(lost(written, before.last, written.last), 0);
  page.say(upgrade.lost, upgrade.restart);
  page.console(await mustStart(scene, 'b'));
  await away(scene, written);
});

step('proves good on trial, and is confirmed', async (scene) => {
  const { operator, page, traffic } = scene;
  const { trial } = told;
  const back = await traffic.answered();
  page.say(trial.title, trial.text);
  page.typed('$', trial.slots, await untilSlots(scene, /^b .* running, trial/m));
  page.say(trial.after);
  page.typed('$', trial.slots, await untilSlots(scene, /^b .* running, confirmed +3$/m));
  const confirmed = await traffic.answered();
  tellLost('on trial', confirmed, back, confirmed);
  assert.is(lost(confirmed, back.last, confirmed.last), 0);
  page.say(trial.lost);
  assert.is(
    await operator.must(`ssh root@${BRANCH} plaitctl version | head -1`).then(versionIn),
    VERSIONS.good,
  );
});

step('goes back from a bad version by itself', async (scene) => {
  const { operator, page, traffic, webPort } = scene;
  const { bad } = told;
  page.say(bad.title, bad.text);
  const before = await traffic.answered();
  page.typed('$', bad.fetch, await operator.must(bad.fetch.replace(':8000', `:${webPort}`)));
  const written = await traffic.answered();
  assert.is(lost(written, before.last, written.last), 0);
  page.console(await mustStart(scene, 'a'));
  page.say(bad.trial);
  page.console(await mustStart(scene, 'b', PROOF));
  await traffic.more(SETTLED, BOOT_TIMEOUT);
  await plaited(scene);
  const back = await traffic.answered();
  page.typed('$', bad.slots, await untilSlots(scene, /^a .* failed[\s\S]*^b .* running, confirmed +3$/m));
  page.typed('$', bad.sum, await operator.must(bad.sum));
  await assertSameConfiguration(scene);
  const after = await traffic.answered();
  tellLost('after the rollback', after, back, after);
  assert.is(lost(after, back.last, after.last), 0);
  page.say(bad.after);
});

step(
  'starts what is whole when power fails while a version is written, and keeps its trial',
  async (scene) => {
    const { operator, page, branch, checkouts } = scene;
    const { cuts } = told;
    const folder = checkouts.mended;
    page.say(cuts.title, cuts.text);
    // The card of a real board is slow, too: 6 MB take a while.
    await branch.machine.setWriteRate(400_000);
    let cut: Promise<void> | undefined;
    const printed = await operator.type(cuts.send, {
      folder,
      timeout: UPGRADE,
      seen: (output) => {
        if (output.includes('writing slot a')) cut ??= branch.machine.reset();
      },
    });
    await cut;
    await branch.machine.setWriteRate(0);
    page.typed('$', cuts.send, upTo(printed.output, /writing slot a/));
    page.say(cuts.start);
    page.console(await mustStart(scene, 'b'));
    await plaited(scene);
    await scene.traffic.more(SETTLED, BOOT_TIMEOUT);
    page.typed('$', cuts.slots, await untilSlots(scene, /^a .* empty[\s\S]*^b .* running, confirmed +3$/m));
    page.say(cuts.again);
    page.typed('$', cuts.send, await operator.must(cuts.send, { folder }));
    const first = await mustStart(scene, 'a');
    await untilSlots(scene, /^a .* running, trial/m);
    await branch.machine.reset();
    page.console(`${first}\n${await mustStart(scene, 'a')}`);
    page.say(cuts.trial);
    page.typed('$', cuts.slots, await untilSlots(scene, /^a .* running, confirmed +3$/m));
    await plaited(scene);
    await scene.traffic.more(SETTLED, BOOT_TIMEOUT);
    page.typed('$', cuts.sum, await operator.must(cuts.sum));
    await assertSameConfiguration(scene);
    page.say(cuts.after);
  },
);

step('is told on a page that says the same each time', async ({ page }) => {
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  await writeFile(PAGE, page.text);
  if (before !== '') assert.is(page.text, before, `${PAGE} is written anew: look at it, and commit it`);
});

life.run();

/** A line that somebody put there to harden the board, too early. */
async function forbidModules(checkout: string): Promise<void> {
  const folder = join(checkout, 'overlay/etc/init.d');
  mkdirSync(folder, { recursive: true });
  const text = '#!/bin/sh\n# SPDX-License-Identifier: MIT\necho 1 >/proc/sys/kernel/modules_disabled\n';
  await writeFile(join(folder, 'S04harden'), text, { mode: 0o755 });
}

/** Both lines end here. Their name server knows one name, the root, which is what a board asks a name server for. */
async function setUpFar(far: Guest): Promise<void> {
  await far.configure(FAR_YAML);
  const options = ['--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--bind-interfaces'];
  const lines = ['--except-interface=lo', '--listen-address=198.18.5.1,198.18.6.1', '--dns-rr=.,2,00'];
  await far.ask(['dnsmasq', ...options, ...lines, '--pid-file=/tmp/lines.pid'].join(' '));
}

async function setUpHost(host: Guest): Promise<void> {
  await host.configure('version: 1\nhostname: host\nlan: { ports: [eth0], address: 192.168.50.10/24 }\n');
  await host.ask(`ip route add default via ${BRANCH}`);
}

async function statusOf({ operator }: Pick<Scene, 'operator'>): Promise<Status> {
  return JSON.parse(await operator.must(`ssh root@${BRANCH} plaitctl status --json`)) as Status;
}

/** Waits until both legs of the tunnel carry packets. */
async function plaited(scene: Scene): Promise<void> {
  const bothLive = (output: string) => {
    const legs = statusIn(output)?.tunnels.flatMap((tunnel) => tunnel.legs) ?? [];
    return legs.length === 2 && legs.every(({ live }) => live);
  };
  await scene.operator.until(`ssh root@${BRANCH} plaitctl status --json`, bothLive, BOOT_TIMEOUT);
}

function untilSlots({ operator }: Pick<Scene, 'operator'>, wanted: RegExp): Promise<string> {
  return operator.until(`ssh root@${BRANCH} plaitctl slots`, (output) => wanted.test(output), PROOF);
}

async function configurations({ operator }: Pick<Scene, 'operator'>): Promise<string[]> {
  const command = "'sha256sum /data/plait/config/*.yaml /data/plait.yaml'";
  return (await operator.must(`ssh root@${BRANCH} ${command}`)).trim().split('\n');
}

/** Each version confirms the same text as its own: there are more files than before, no other text, and none has changed. */
async function assertSameConfiguration(scene: Scene): Promise<void> {
  const now = await configurations(scene);
  const sums = (lines: string[]) => new Set(lines.map((line) => line.slice(0, 64)));
  assert.equal(
    scene.confirmed.filter((line) => !now.includes(line)),
    [],
    'a configuration is gone, or changed',
  );
  assert.equal([...sums(now)], [...sums(scene.confirmed)]);
}

/** What the boot loader says. */
async function startedSlot(
  { console }: Pick<Scene, 'console'>,
  timeout = BOOT_TIMEOUT,
): Promise<{ slot: string | undefined; line: string }> {
  const { groups } = await console.expect(/(Plait: starting slot ([ab])[^\r\n]*)[\r\n]/, { timeout });
  return { slot: groups[1], line: groups[0] ?? '' };
}

async function mustStart(scene: Scene, slot: string, timeout?: number): Promise<string> {
  const started = await startedSlot(scene, timeout);
  assert.is(started.slot, slot);
  return started.line;
}

/** Waits until the tunnel is back behind a restart; nothing was lost but in the time that the page allows for it. */
async function away(scene: Scene, begun: Answered): Promise<void> {
  await scene.traffic.more(SETTLED, BOOT_TIMEOUT);
  await plaited(scene);
  const back = await scene.traffic.more(SETTLED, 60 * SECONDS);
  const packets = lost(back, begun.last, back.last);
  tellLost('in the restart', back, begun, back);
  assert.ok(packets > 0, 'a restart without a lost packet is none');
  assert.ok(secondsOf(packets) < MOST_AWAY, `${secondsOf(packets)} s`);
}

function tellLost(when: string, now: Answered, from: Answered, to: Answered): void {
  const packets = lost(now, from.last, to.last);
  console.log(`  ${when}: ${packets} of ${to.last - from.last} packets lost (${secondsOf(packets)} s)`);
}

function versionIn(output: string): string | undefined {
  return /\d+\.\d+\.\d+/.exec(output)?.[0];
}

function upTo(text: string, last: RegExp): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => last.test(line));
  if (at < 0) throw new Error(`${last} is not in:\n${text}`);
  return lines.slice(0, at + 1).join('\n');
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
