// SPDX-License-Identifier: MIT
/** The engine with a tree of Buildroot whose makefile only does what the plan asks for. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadBoard } from '../../../../src/image/board.ts';
import { stageKey } from '../../../../src/image/cache.ts';
import type { ToolchainKind } from '../../../../src/image/engine/buildroot/defconfig.ts';
import { type BuildrootOptions, buildrootEngine } from '../../../../src/image/engine/buildroot/engine.ts';
import type { EngineParts } from '../../../../src/image/engine/engine.ts';
import type { PackageRequest, PackageStage, Sources } from '../../../../src/image/sources/sources.ts';
import { scratch } from '../../scratch.ts';

const tarball = 'the source of BusyBox';
const sha256 = createHash('sha256').update(tarball).digest('hex');

const makefile = `export BR2_VERSION := 2026.02.3
defconfig: ; @mkdir -p $(O); cp $(BR2_DEFCONFIG) $(O)/.config; echo defconfig >> $(CURDIR)/../calls
show-info: ; @cat info.json
busybox-source: $(O)/.stamp_downloaded
DL = $(CURDIR)/../cache/buildroot/dl/busybox
$(O)/.stamp_downloaded: ; @test ! -e tarball || { mkdir -p $(DL); cp tarball $(DL)/busybox-1.37.0.tar.bz2; touch $@; }
`;

const info = {
  busybox: {
    type: 'target',
    name: 'busybox',
    virtual: false,
    version: '1.37.0',
    licenses: 'GPL-2.0, bzip2-1.0.4',
    license_files: ['LICENSE'],
    dl_dir: 'busybox',
    downloads: [{ source: 'busybox-1.37.0.tar.bz2', uris: [] }],
    install_target: true,
  },
  linux: {
    type: 'target',
    name: 'linux',
    virtual: false,
    version: 'custom',
    license_files: ['COPYING'],
    downloads: [],
  },
};

/** A tree and a cache of their own; `plan` plans the board with them. */
function bench({ hash = `sha256  ${sha256}`, upstream = true, debian = false } = {}) {
  const root = scratch();
  const tree = join(root, 'tree');
  mkdirSync(join(tree, 'package/busybox'), { recursive: true });
  writeFileSync(join(tree, 'Makefile'), makefile);
  writeFileSync(join(tree, 'info.json'), JSON.stringify(info));
  if (upstream) writeFileSync(join(tree, 'tarball'), tarball);
  if (hash !== '')
    writeFileSync(join(tree, 'package/busybox/busybox.hash'), `${hash}  busybox-1.37.0.tar.bz2\n`);
  const inDebian = join(root, 'busybox.orig.tar.bz2');
  writeFileSync(inDebian, tarball);
  const sources = fakeSources(debian ? new Map([[sha256, inDebian]]) : new Map());
  const options: BuildrootOptions = {
    cache: join(root, 'cache'),
    dir: tree,
    toolchain: 'external',
    mirror: undefined,
    offline: false,
    overrides: undefined,
    jobs: 1,
  };
  const plan = async (more: Partial<BuildrootOptions> = {}, board = 'alix'): Promise<EngineParts> => {
    const engine = buildrootEngine({ ...options, ...more });
    const reports = { signal: AbortSignal.timeout(60_000) };
    return engine.plan(await loadBoard(board), { sources, version: '0.1.0', reports });
  };
  return { plan, root, tree };
}

/** An archive that has every package, and the files of `tarballs` by their hashes. */
function fakeSources(tarballs: Map<string, string>): Sources {
  const stage = (kind: 'source' | 'binary') => async (request: PackageRequest) => {
    const files = [{ name: `${request.name}_1.orig.tar.xz`, size: 1, sha256: '00', path: 'pool/x' }];
    const info = {
      kind,
      package: request.name,
      version: '6.12.9-1',
      upstream: '6.12.9',
      suite: 'bookworm',
      files,
    } as const;
    return {
      id: `${kind}:${request.name}`,
      info,
      inputs: info,
      deps: [],
      run: async () => {},
    } satisfies PackageStage;
  };
  return {
    source: stage('source'),
    binary: stage('binary'),
    tarballs: async () => tarballs,
  } as unknown as Sources;
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error.message,
  );

const planning = suite('buildrootEngine.plan');

planning('gives the parts and a bill of materials with the real versions', async () => {
  const parts = await bench().plan();
  assert.equal(
    parts.packages.map(({ id }) => id),
    ['package:musl', 'package:busybox'],
  );
  const versions = Object.fromEntries(parts.bom.map(({ name, version }) => [name, version]));
  assert.equal(versions, { linux: '6.12.9', musl: '6.12.9', busybox: '1.37.0' });
  const busybox = parts.bom.find(({ name }) => name === 'busybox');
  assert.equal(busybox?.sources, [{ name: 'busybox-1.37.0.tar.bz2', sha256, size: tarball.length }]);
  assert.is(busybox?.license, 'GPL-2.0-only', "the recipe's word counts for both engines");
  assert.equal(parts.facts, { ...parts.facts, release: '2026.02.3', toolchain: 'external', overridden: [] });
});

planning(
  "takes the C library from the package that installed it, the pipeline's or Buildroot's own",
  async () => {
    const { plan, tree } = bench();
    const libc = async (toolchain: ToolchainKind) =>
      (await plan({ toolchain })).packages
        .filter(({ id }) => id === 'package:musl')
        .map(({ inputs }) => inputs);
    assert.equal(await libc('external'), [{ from: 'packages/toolchain-external-custom', to: 'root' }]);
    const musl = { type: 'target', name: 'musl', virtual: false, version: '1.2.6', install_target: true };
    writeFileSync(join(tree, 'info.json'), JSON.stringify({ ...info, musl }));
    assert.equal(await libc('internal'), [{ from: 'packages/musl', to: 'root' }]);
  },
);

planning('asks Buildroot once, and then goes by its answer', async () => {
  const { plan, tree } = bench();
  const first = await plan();
  writeFileSync(join(tree, '..', 'calls'), '');
  const again = await plan();
  assert.is(readFileSync(join(tree, '..', 'calls'), 'utf8'), '');
  const keys = ({ packages }: EngineParts) => packages.map((stage) => stageKey(stage, 0));
  assert.equal(keys(again), keys(first));
});

planning('downloads again what is gone, also for an output directory that has had it', async () => {
  const { plan, root } = bench();
  await plan();
  rmSync(join(root, 'cache/buildroot/dl'), { recursive: true });
  await plan();
  assert.ok(existsSync(join(root, 'cache/buildroot/dl/busybox/busybox-1.37.0.tar.bz2')));
  const [output = ''] = readdirSync(join(root, 'cache/buildroot/output'));
  assert.not(existsSync(join(root, 'cache/buildroot/output', output, 'plait/sources')), 'left behind');
});

planning('builds anew for another board, tree or override', async () => {
  const { plan, root, tree } = bench();
  const key = async (parts: Promise<EngineParts>) => stageKey((await parts).kernel, 0);
  const keys = [await key(plan()), await key(plan({}, 'apu'))];
  const file = join(root, 'local.mk');
  mkdirSync(join(root, 'src'));
  writeFileSync(file, `M4_OVERRIDE_SRCDIR = ${join(root, 'src')}\nM4_OVERRIDE_VERSION = 1\n`);
  keys.push(await key(plan({ overrides: file })));
  writeFileSync(join(tree, 'another'), '');
  keys.push(await key(plan()));
  assert.is(new Set(keys).size, keys.length);
});

planning('tells the version of an override, and needs no tarball for it', async () => {
  const { plan, root } = bench({ hash: '', upstream: false });
  const file = join(root, 'local.mk');
  mkdirSync(join(root, 'src'));
  writeFileSync(file, `BUSYBOX_OVERRIDE_SRCDIR = ${join(root, 'src')}\nBUSYBOX_OVERRIDE_VERSION = 1.36\n`);
  const { bom, facts } = await plan({ overrides: file });
  const busybox = bom.find(({ name }) => name === 'busybox');
  assert.is(busybox?.version, '1.36');
  assert.match(busybox?.sources[0]?.name ?? '', 'directory of busybox 1.36');
  assert.equal(facts?.overridden, ['BUSYBOX 1.36']);
});

planning('takes a source whose SHA-512 alone is known, and names it by its SHA-256', async () => {
  const sha512 = createHash('sha512').update(tarball).digest('hex');
  const { bom } = await bench({ hash: `sha512  ${sha512}` }).plan();
  const busybox = bom.find(({ name }) => name === 'busybox');
  assert.equal(busybox?.sources, [{ name: 'busybox-1.37.0.tar.bz2', sha256, size: tarball.length }]);
  const other = await errorOf(bench({ hash: `sha512  ${'f'.repeat(128)}` }).plan());
  assert.match(other, /sources that could not be had:\n {2}busybox-1\.37\.0\.tar\.bz2/);
});

planning('takes from Debian, by its hash, what upstream does not give', async () => {
  const parts = await bench({ upstream: false, debian: true }).plan();
  assert.is(parts.packages.length, 2);
});

planning('names every source that cannot be had', async () => {
  const message = await errorOf(bench({ upstream: false }).plan());
  assert.match(
    message,
    /sources that could not be had:\n {2}busybox-1\.37\.0\.tar\.bz2 \(busybox\)\n.*--overrides/,
  );
});

planning('refuses a source that no hash file knows before anything is downloaded', async () => {
  const message = await errorOf(bench({ hash: '' }).plan());
  assert.match(message, /no hash file knows these sources/);
});

planning.run();
