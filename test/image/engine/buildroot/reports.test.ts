// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { correctManifest } from '../../../../src/image/engine/buildroot/reports.ts';

const manifest = suite('correctManifest');

manifest('tells of every package the version that was built', () => {
  const csv = '"PACKAGE","VERSION","LICENSE"\n"e2fsprogs","1.47.3","GPL-2.0, MIT"\n"plait-agent","","MIT"\n';
  const facts = { type: 'target', virtual: false } as const;
  const info = { e2fsprogs: { ...facts, name: 'e2fsprogs', version: '1.47.2' } };
  assert.is(correctManifest(csv, info), csv.replace('1.47.3', '1.47.2'));
});

manifest.run();
