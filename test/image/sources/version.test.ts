// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareVersions, inRange, upstreamVersion } from '../../../src/image/sources/version.ts';

const comparing = suite('compareVersions');

comparing("agrees with dpkg's own comparison", () => {
  const versions = [
    ...[
      '1.0',
      '1.0-1',
      '1.0-1+b1',
      '1.0~rc1-1',
      '1.0~~',
      '1:0.1',
      '2:0',
      '1.10',
      '1.9',
      '1.09',
      '0',
      '1.0a',
      '1.0+x',
    ],
    ...['2025.04.26-1', '3.0.15-1~deb12u1', '1.0-1~bpo1', '1.0.0', '12345678901234567890.1', '1.0-a', '1.0-'],
  ].filter((version) => !version.endsWith('-'));
  for (const a of versions) {
    for (const b of versions) {
      const less = dpkg(a, 'lt', b);
      const equal = dpkg(a, 'eq', b);
      assert.is(Math.sign(compareVersions(a, b)), equal ? 0 : less ? -1 : 1, `${a} against ${b}`);
    }
  }
});

function dpkg(a: string, operator: string, b: string): boolean {
  try {
    execFileSync('dpkg', ['--compare-versions', a, operator, b], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

comparing.run();

const ranges = suite('inRange');

ranges('needs every comparison to hold', () => {
  assert.ok(inRange('1.37.0', '>=1.36 <2'));
  assert.ok(inRange('1.36', '>=1.36 <2'));
  assert.not.ok(inRange('1.35.0', '>=1.36 <2'));
  assert.not.ok(inRange('2', '>=1.36 <2'));
  assert.ok(inRange('2', '=2'));
  assert.ok(inRange('7', ''));
});

ranges('refuses what is not a comparison, naming it', () => {
  assert.throws(() => inRange('1', '>=1 ^2'), /version range '>=1 \^2': '\^2' is not/);
  assert.throws(() => inRange('1', '> 1'), /'>' is not/);
});

ranges.run();

const upstream = suite('upstreamVersion');

upstream('leaves epoch and Debian revision out', () => {
  assert.is(upstreamVersion('1:1.37.0-6+b9'), '1.37.0');
  assert.is(upstreamVersion('2022.12+dfsg-4'), '2022.12+dfsg');
  assert.is(upstreamVersion('1.0-rc1-2'), '1.0-rc1');
  assert.is(upstreamVersion('20240101'), '20240101');
});

upstream.run();
