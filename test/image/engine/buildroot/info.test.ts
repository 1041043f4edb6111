// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  correctVersions,
  downloads,
  imagePackages,
  type PackageFacts,
  parseInfo,
  type ShowInfo,
} from '../../../../src/image/engine/buildroot/info.ts';

const sha = { algorithm: 'sha256', digest: 'a'.repeat(64) } as const;

function facts(name: string, more: Partial<PackageFacts> = {}): PackageFacts {
  const download = { source: `${name}-1.0.tar.xz`, uris: [] };
  return {
    type: 'target',
    name,
    virtual: false,
    version: '1.0',
    dl_dir: name,
    downloads: [download],
    ...more,
  };
}

const info: ShowInfo = {
  busybox: facts('busybox', { 'cpe-id': 'cpe:2.3:a:busybox:busybox:1.0:*:*:*:*:*:*:*', patches: ['p'] }),
  linux: facts('linux', { version: 'custom', 'cpe-id': 'cpe:2.3:o:linux:linux_kernel:custom:-:*:*:*:*:*:*' }),
  'host-m4': facts('m4', { type: 'host' }),
};

const correct = suite('correctVersions');

correct('tells the real version of the kernel and of overridden packages, in the CPE too', () => {
  const right = correctVersions(info, [{ variable: 'BUSYBOX', dir: '/b', version: '1.1' }], '6.12.117');
  assert.is(right.linux?.version, '6.12.117');
  assert.is(right.linux?.['cpe-id'], 'cpe:2.3:o:linux:linux_kernel:6.12.117:-:*:*:*:*:*:*');
  assert.is(right.busybox?.version, '1.1');
  assert.is(right.busybox?.['cpe-id'], 'cpe:2.3:a:busybox:busybox:1.1:*:*:*:*:*:*:*');
});

correct('says nothing of patches for an overridden package, to which none are applied', () => {
  const right = correctVersions(info, [{ variable: 'BUSYBOX', dir: '/b', version: '1.1' }], '6.12.117');
  assert.equal(right.busybox?.patches, []);
  assert.equal(correctVersions(info, [], '6.12').busybox?.patches, ['p']);
});

correct('covers the build machine’s side of an overridden package', () => {
  const right = correctVersions(info, [{ variable: 'M4', dir: '/m', version: '1.4.19' }], '6.12.117');
  assert.is(right['host-m4']?.version, '1.4.19');
});

correct.run();

const files = suite('downloads');

files('are the files with their hashes, without the kernel that the engine brings', () => {
  const hashes = new Map([
    ['busybox-1.0.tar.xz', sha],
    ['m4-1.0.tar.xz', sha],
  ]);
  assert.equal(
    downloads(info, [], hashes).map(({ path }) => path),
    ['busybox/busybox-1.0.tar.xz', 'm4/m4-1.0.tar.xz'],
  );
});

files('are refused when no hash file knows one', () => {
  assert.throws(
    () => downloads(info, [], new Map([['m4-1.0.tar.xz', sha]])),
    /no hash file knows these sources.*\n {2}busybox: busybox-1\.0\.tar\.xz/,
  );
});

files('do not contain what is overridden', () => {
  const found = downloads(
    info,
    [{ variable: 'BUSYBOX', dir: '/b', version: '1' }],
    new Map([['m4-1.0.tar.xz', sha]]),
  );
  assert.equal(
    found.map(({ name }) => name),
    ['m4-1.0.tar.xz'],
  );
});

files.run();

const parts = suite('imagePackages');

parts('are what installs something on the board, without what other stages bring', () => {
  const all: ShowInfo = {
    ...info,
    zlib: facts('zlib', { virtual: true }),
    'musl-compat-headers': facts('musl-compat-headers', { install_target: false }),
    'skeleton-init-none': facts('skeleton-init-none'),
    'plait-agent': facts('plait-agent'),
    'toolchain-external-custom': facts('toolchain-external-custom'),
    'linux-headers': facts('linux-headers'),
  };
  assert.equal(
    imagePackages(all).map(({ name }) => name),
    ['busybox'],
  );
});

parts.run();

const json = suite('parseInfo');

json('reads what make prints before the JSON over', () => {
  assert.equal(parseInfo('make: something\n{"a":{"name":"a"}}'), { a: { name: 'a' } });
  assert.throws(() => parseInfo('make: *** no rule'), /show-info did not print JSON/);
});

json.run();
