// SPDX-License-Identifier: MIT
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auditPart, type Finding, needsUpdate, partsOf } from '../../../src/image/audit/audit.ts';
import { identifiersIn } from '../../../src/image/audit/changelog.ts';
import { ago, freshnessLines, indexLine, updateLines } from '../../../src/image/audit/freshness.ts';
import { auditStatements, findingLines } from '../../../src/image/audit/report.ts';
import { fetchTracker, knownFor, type TrackerData } from '../../../src/image/audit/tracker.ts';
import type { Manifest } from '../../../src/image/reports/manifest.ts';
import { Sources } from '../../../src/image/sources/sources.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';
import { makeKey, type SourcePackage, serve, writeArchive } from '../sources/debian.ts';

await needs('gpg');

const hello = (version: string, more: Partial<SourcePackage> = {}): SourcePackage => ({
  name: 'hello',
  version,
  upstream: { README: 'hello\n' },
  ...more,
});
const key = makeKey();
const dir = join(scratch(), 'archive');
mkdirSync(dir);
/** hello has a security update that says what it fixes; calm has none, gone has one that is not on the mirror. */
writeArchive(
  dir,
  {
    trixie: {
      sources: [hello('1.0-1'), hello('2-1', { name: 'calm' }), hello('3-1', { name: 'gone' })],
      binaries: { 'hello-data': '1.0-1' },
    },
    'trixie-security': {
      sources: [
        hello('1.0-1+deb13u1', {
          changelog:
            'hello (1.0-1+deb13u1) trixie-security; urgency=high\n\n  * Fix CVE-2026-1111 and CVE-2026-2222.\n\n -- Tests <tests@example.org>  Mon, 01 Jun 2026 12:00:00 +0000\n\n',
        }),
        hello('3-1+deb13u1', { name: 'gone', gone: true }),
      ],
    },
  },
  key,
);

const opened = () => {
  const mirror = { main: '', security: '', keyring: key.keyring };
  const signal = new AbortController().signal;
  return new Sources({ cache: scratch(), collected: dir, mirror, signal }).archive;
};

const component = (name: string, version: string, more = {}): Manifest['components'][number] => ({
  name,
  version: version.replace(/-.*/, ''),
  license: 'MIT',
  origin: { archive: 'debian trixie', package: name, version },
  sources: [],
  ...more,
});
const manifest: Pick<Manifest, 'components' | 'packages'> = {
  components: [
    component('hello', '1.0-1', {
      notAffected: { 'CVE-2026-2222': { justification: 'code_not_present', detail: 'no such option' } },
    }),
    component('calm', '2-1'),
    component('gone', '3-1'),
    { name: 'plait', version: '0.1.0', license: 'MIT', sources: [] },
    {
      name: 'other',
      version: '1',
      license: 'MIT',
      origin: { archive: 'buildroot 2026.02', package: 'other', version: '1' },
      sources: [],
    },
  ],
  packages: [],
};

const tracker: TrackerData = {
  hello: {
    'CVE-2026-1111': {
      description: 'a hole',
      releases: { trixie: { status: 'resolved', fixed_version: '1.0-1+deb13u1', urgency: 'high' } },
    },
    'CVE-2026-3333': { releases: { trixie: { status: 'open', nodsa: 'Minor issue' } } },
    'CVE-2020-0001': { releases: { trixie: { status: 'resolved', fixed_version: '0.9-1' } } },
    'CVE-2020-0002': { releases: { trixie: { status: 'resolved', fixed_version: '0' } } },
    'CVE-2020-0003': { releases: { bookworm: { status: 'open' } } },
  },
};

async function findings(data?: TrackerData): Promise<Finding[]> {
  const archive = opened();
  const found: Finding[] = [];
  for (const part of partsOf(manifest).parts) found.push(await auditPart(part, archive, data));
  return found;
}

const of = (found: readonly Finding[], name: string) => {
  const one = found.find(({ part }) => part.name === name);
  assert.ok(one, name);
  return one as Finding;
};

const parts = suite('partsOf');

parts('takes what came from Debian, and names what did not', () => {
  const { parts, others } = partsOf(manifest);
  assert.equal(
    parts.map(({ name, release }) => [name, release]),
    [
      ['hello', 'trixie'],
      ['calm', 'trixie'],
      ['gone', 'trixie'],
    ],
  );
  assert.equal(others, ['plait', 'other']);
});

parts.run();

const auditing = suite('auditPart');

auditing('reads what an update fixes in its changelog where there is no tracker', async () => {
  const found = await findings();
  const one = of(found, 'hello');
  assert.equal(one.update, { version: '1.0-1+deb13u1', suite: 'trixie-security' });
  assert.is(one.from, 'changelog');
  assert.equal(
    one.vulnerabilities.map(({ id, fixed, notAffected }) => [id, fixed, notAffected?.detail]),
    [
      ['CVE-2026-1111', '1.0-1+deb13u1', undefined],
      ['CVE-2026-2222', '1.0-1+deb13u1', 'no such option'],
    ],
  );
  assert.ok(needsUpdate(one));
});

auditing('knows of an update whose changelog cannot be had', async () => {
  const one = of(await findings(), 'gone');
  assert.is(one.from, 'nothing');
  assert.equal(one.vulnerabilities, []);
  assert.ok(needsUpdate(one), 'a security update is taken for granted');
});

auditing('finds nothing where there is nothing', async () => {
  const one = of(await findings(), 'calm');
  assert.is(one.update, undefined);
  assert.not.ok(needsUpdate(one));
});

auditing("takes the tracker's word where there is one", async () => {
  const one = of(await findings(tracker), 'hello');
  assert.is(one.from, 'tracker');
  assert.equal(
    one.vulnerabilities.map(({ id, fixed, urgency }) => [id, fixed, urgency]),
    [
      ['CVE-2026-1111', '1.0-1+deb13u1', 'high'],
      ['CVE-2026-3333', undefined, 'Minor issue'],
    ],
  );
});

auditing('finds the source package of a binary one', async () => {
  const archive = opened();
  const part = {
    name: 'data',
    kind: 'binary',
    package: 'hello-data',
    version: '1.0-1',
    release: 'trixie',
    notAffected: {},
  } as const;
  assert.is((await auditPart(part, archive, undefined)).source, 'hello-data');
});

auditing('does not ask for an update that fixes only what does not apply', () => {
  const notAffected = { justification: 'code_not_present', detail: 'x' } as const;
  const part = { ...somePart, notAffected: { 'CVE-2026-1111': notAffected } };
  const update = { version: '2', suite: 'trixie-security' } as const;
  const vulnerabilities = [{ id: 'CVE-2026-1111', description: '', fixed: '2', notAffected }];
  assert.not.ok(needsUpdate({ part, source: 'x', update, vulnerabilities, from: 'changelog' }));
});

const somePart = {
  name: 'x',
  kind: 'source',
  package: 'x',
  version: '1',
  release: 'trixie',
  notAffected: {},
} as const;

auditing.run();

const site = suite("the tracker's data");

site('is fetched once a day, and kept', async () => {
  const home = scratch();
  writeFileSync(join(home, 'json'), JSON.stringify(tracker));
  const server = await serve(home);
  const cache = scratch();
  const reports = { signal: new AbortController().signal };
  const get = (offline = false) => fetchTracker(cache, reports, { site: server.uri, offline });
  assert.equal(await get(), tracker);
  assert.equal(await get(), tracker);
  assert.equal(server.asked, ['/json']);
  server.close();
  assert.equal(await get(true), tracker);
});

site('is nothing when it cannot be had, and an error when it is something else', async () => {
  const home = scratch();
  const server = await serve(home);
  const reports = { signal: new AbortController().signal };
  assert.is(await fetchTracker(scratch(), reports, { site: server.uri }), undefined);
  assert.is(await fetchTracker(scratch(), reports, { site: server.uri, offline: true }), undefined);
  writeFileSync(join(home, 'json'), '<html>a portal</html>');
  const failed = await fetchTracker(scratch(), reports, { site: server.uri }).catch((error: Error) => error);
  server.close();
  assert.match(String(failed), /is not the data of Debian's security tracker/);
});

site('knows nothing of what it does not list', () => {
  assert.equal(knownFor(tracker, 'unknown', 'trixie', '1'), []);
  assert.equal(knownFor(tracker, 'hello', 'trixie', '1.0-1+deb13u1').length, 1);
});

site.run();

const lines = suite('lines for people');

lines('name at the end of a build the age of the indexes and every update', async () => {
  const archive = opened();
  const now = Date.now();
  await archive.versions('trixie', 'source', 'hello');
  const [first, ...rest] = await freshnessLines(archive, manifest, now);
  assert.match(first ?? '', /^sources: Debian's indexes, last compared with the mirror today/);
  assert.equal(rest, [
    'security update that is not in the image: hello 1.0-1+deb13u1 of trixie-security (it has 1.0-1); plait audit tells more',
    'security update that is not in the image: gone 3-1+deb13u1 of trixie-security (it has 3-1); plait audit tells more',
  ]);
  assert.equal((await freshnessLines(archive, manifest, now)).slice(1), rest, 'kept');
});

lines('say so when the indexes are old, or list nothing new', () => {
  const day = 24 * 3600 * 1000;
  const now = Date.parse('2026-11-29T12:00:00Z');
  const index = (suite: 'trixie' | 'trixie-security', checked: number) => ({ suite, date: checked, checked });
  assert.is(
    indexLine([index('trixie', now - 93 * day), index('trixie-security', now - day)], now),
    "sources: Debian's indexes, last compared with the mirror 93 days ago; trixie-security of 2026-11-28",
  );
  assert.is(ago(day), 'yesterday');
  assert.match(updateLines([])[0] ?? '', /no newer version/);
});

lines('list vulnerabilities with what is known of them, and count', async () => {
  const text = findingLines(await findings(tracker), ['plait']).join('\n');
  assert.match(text, 'hello 1.0-1 of trixie, 1.0-1+deb13u1 in trixie-security\n');
  assert.match(text, '  CVE-2026-1111  fixed in 1.0-1+deb13u1  a hole\n');
  assert.match(text, '  CVE-2026-3333  no fix yet (Minor issue)\n');
  assert.match(text, 'not from Debian, and not looked at: plait\n');
  assert.match(text, /3 components: 2 without a security update, 1 vulnerabilities without a fix in Debian$/);
});

lines.run();

const statements = suite('auditStatements');

statements('say of each vulnerability whether the image has it', async () => {
  const versions = new Map([['hello', '1.0']]);
  const [found] = [await findings()];
  assert.equal(
    auditStatements(found, versions).map(({ id, state, component }) => [id, state, component.version]),
    [
      ['CVE-2026-1111', 'exploitable', '1.0'],
      ['CVE-2026-2222', 'not_affected', '1.0'],
    ],
  );
});

statements.run();

const reading = suite('identifiersIn');

reading('takes each identifier once', () => {
  assert.equal(identifiersIn('CVE-2026-1234, XCVE-2026-1, CVE-2026-1234; CVE-2025-99999.'), [
    'CVE-2025-99999',
    'CVE-2026-1234',
  ]);
});

reading.run();
