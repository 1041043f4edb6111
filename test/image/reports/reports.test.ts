// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BomEntry } from '../../../src/image/engine/engine.ts';
import { collectLicenses } from '../../../src/image/reports/licenses.ts';
import { sizeLines } from '../../../src/image/reports/manifest.ts';
import { sbom } from '../../../src/image/reports/sbom.ts';
import { vex } from '../../../src/image/reports/vex.ts';
import { builtStatements } from '../../../src/image/reports/vex-statements.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { scratch } from '../scratch.ts';

const texts = scratch();
writeFileSync(join(texts, 'COPYING'), 'the text');
const stage: Stage = { id: 'texts', inputs: null, deps: [], run: async () => {} };
const busybox: BomEntry = {
  name: 'busybox',
  version: '1.37.0',
  license: 'GPL-2.0-only',
  licenseFiles: [{ stage, path: 'COPYING' }],
  origin: { archive: 'debian trixie', package: 'busybox', version: '1:1.37.0-6' },
  sources: [{ name: 'busybox_1.37.0.orig.tar.bz2', sha256: 'ab'.repeat(32), size: 1 }],
};
const plait: BomEntry = {
  name: 'plait',
  version: '0.1.0',
  license: 'MIT AND GPL-2.0-only',
  licenseFiles: [{ stage, path: 'COPYING' }],
  sources: [],
};
const given = {
  board: { name: 'alix', title: 'PC Engines ALIX' },
  version: '0.1.0',
  imageSha256: 'cd'.repeat(32),
  epoch: 1_700_000_000,
  bom: [busybox, plait],
};

const bill = suite('bill of materials');

bill(
  'fits the CycloneDX schema and names version, licence, origin and source hash of each part',
  async () => {
    const read = JSON.parse(await sbom(given));
    assert.is(read.bomFormat, 'CycloneDX');
    assert.is(read.metadata.timestamp, '2023-11-14T22:13:20.000Z');
    const found = read.components.find((one: { name: string }) => one.name === 'busybox');
    assert.is(found.version, '1.37.0');
    assert.is(found.purl, 'pkg:deb/debian/busybox@1%3A1.37.0-6?arch=source&distro=trixie');
    assert.equal(found.licenses, [{ expression: 'GPL-2.0-only' }]);
    assert.match(found.properties[0].value, /busybox_1\.37\.0\.orig\.tar\.bz2 sha256:(ab){32}/);
  },
);

bill("does not claim Debian's version for what lacks one of Debian's patches, and says which", async () => {
  const skippedPatches = { 'CVE-2026-0001.patch': 'the code is not compiled' };
  const read = JSON.parse(await sbom({ ...given, bom: [{ ...busybox, skippedPatches }] }));
  assert.is(read.components[0].purl, 'pkg:deb/debian/busybox@1.37.0?arch=source&distro=trixie');
  assert.ok(
    read.components[0].properties.some(
      ({ name, value }: { name: string; value: string }) =>
        name === 'plait:skipped-patch' && value === 'CVE-2026-0001.patch: the code is not compiled',
    ),
  );
});

bill('names a part that Buildroot made by its name in the vulnerability databases', async () => {
  const cpe = 'cpe:2.3:a:busybox:busybox:1.37.0:*:*:*:*:*:*:*';
  const origin = { archive: 'buildroot 2026.02.3', package: 'busybox', version: '1.37.0' };
  const read = JSON.parse(await sbom({ ...given, bom: [{ ...busybox, origin, cpe }] }));
  assert.is(read.components[0].purl, 'pkg:generic/busybox@1.37.0');
  assert.is(read.components[0].cpe, cpe);
});

bill('is the same for the same image and another for another', async () => {
  assert.is(await sbom(given), await sbom({ ...given, bom: [...given.bom].reverse() }));
  const other = JSON.parse(await sbom({ ...given, imageSha256: 'ef'.repeat(32) }));
  assert.is.not(other.serialNumber, JSON.parse(await sbom(given)).serialNumber);
});

bill.run();

const licences = suite('licence texts');

licences('are copied by component and listed', async () => {
  const dir = scratch();
  await collectLicenses([plait, busybox], () => texts, dir);
  assert.is(readFileSync(join(dir, 'busybox/COPYING'), 'utf8'), 'the text');
  assert.match(
    readFileSync(join(dir, 'README.md'), 'utf8'),
    /\| busybox \| 1\.37\.0 \| GPL-2\.0-only \| \[COPYING\]\(busybox\/COPYING\) \|\n\| plait /,
  );
});

licences('must exist for every component', async () => {
  const error = await collectLicenses([{ ...plait, licenseFiles: [] }], () => texts, scratch()).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  assert.match(error?.message ?? 'nothing was thrown', /plait: its recipe names no licence text/);
});

licences.run();

const table = suite('table of sizes');

table('lists the parts, the slot against its limit and what the gate read', () => {
  const lines = sizeLines({
    sizes: [
      { part: 'kernel', files: 38, bytes: 3_464_457 },
      { part: 'agent', files: 1, bytes: 900_000 },
    ],
    slot: { size: 4_000_000, limit: 16_000_000, unpacked: 4_364_457 },
    isaGate: { files: 7, instructions: 1000, exempted: { one: 2, other: 3 } },
  });
  assert.equal(lines, [
    'kernel            3464 kB',
    'agent              900 kB',
    'root, unpacked    4364 kB',
    'slot              4000 kB  25 % of its limit',
    'ISA gate: 7 files, 1000 instructions read, 5 in guarded places of the kernel',
  ]);
});

table.run();

const known = suite('VEX');

known('fits the CycloneDX schema and speaks of the components of the SBOM', async () => {
  const bom = JSON.parse(await sbom(given));
  const statements = [
    {
      id: 'CVE-2026-0001',
      component: busybox,
      state: 'not_affected',
      justification: 'code_not_present',
      detail: 'no such applet',
    },
    { id: 'CVE-2026-0002', component: busybox, state: 'resolved', detail: 'fixed in 1:1.37.0-6' },
  ] as const;
  const read = JSON.parse(await vex({ ...given, statements }));
  const [first, second] = read.vulnerabilities;
  assert.equal(first.analysis, {
    state: 'not_affected',
    justification: 'code_not_present',
    detail: 'no such applet',
  });
  assert.is(second.analysis.state, 'resolved');
  const [link, reference] = first.affects[0].ref.split('#');
  assert.is(link, `${bom.serialNumber.replace('urn:uuid:', 'urn:cdx:')}/1`);
  const found = bom.components.find((one: { name: string }) => one.name === 'busybox');
  assert.is(decodeURIComponent(reference), found['bom-ref']);
});

known(
  'says what the changelog of a compiled version says that is fixed, but for what does not apply',
  async () => {
    const entry = (name: string, changes: string) =>
      `${name} (1-1) trixie; urgency=medium\n\n  * ${changes}\n\n -- A <a@example.org>  Mon, 01 Jun 2026 12:00:00 +0000\n`;
    writeFileSync(join(texts, 'changelog'), entry('busybox', 'Fix CVE-2026-0002, CVE-2026-0001.'));
    const changed: BomEntry = {
      ...busybox,
      changelog: { stage, path: 'changelog' },
      notAffected: { 'CVE-2026-0001': { justification: 'code_not_present', detail: 'no such applet' } },
    };
    const said = await builtStatements([changed, plait], () => texts);
    assert.equal(
      said.map(({ id, state }) => [id, state]),
      [
        ['CVE-2026-0001', 'not_affected'],
        ['CVE-2026-0002', 'resolved'],
      ],
    );
    const skipped = { ...changed, notAffected: {}, skippedPatches: { 'CVE-2026-0002.patch': 'no' } };
    assert.equal(await builtStatements([skipped], () => texts), [], 'nothing is claimed of a patch left out');
  },
);

known.run();

const foreign = suite('a validator that was not written here');

foreign('takes the SBOM and the VEX, and refuses either once it is broken', async () => {
  // OWASP's own, with the schema that it publishes.
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const documents = [await sbom(given), await vex({ ...given, statements: [] })];
  for (const text of documents) {
    assert.is(await validator.validate(text), null);
    const broken = { ...JSON.parse(text), serialNumber: 'none' };
    assert.is.not(await validator.validate(JSON.stringify(broken)), null);
  }
  const [bill = ''] = documents;
  const wrong = JSON.parse(bill);
  wrong.components[0].licenses = [{ expression: 7 }];
  assert.is.not(await validator.validate(JSON.stringify(wrong)), null);
});

foreign('reads every package URL of the SBOM', async () => {
  for (const { purl } of JSON.parse(await sbom(given)).components)
    if (purl !== undefined) {
      const { type, namespace, name, version } = PackageURL.fromString(purl);
      assert.equal([type, namespace, name, version], ['deb', 'debian', 'busybox', '1:1.37.0-6']);
    }
});

foreign.run();
