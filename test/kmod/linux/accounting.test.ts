// SPDX-License-Identifier: MIT
/**
 * Memory that a user namespace can have the modules take is charged to it: each allocation says so, but for those listed here with
 * their reason. That it is true is measured by `npx plait lab run kernel check=links`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../toolchain.ts';

/** What is given for a moment: packets and messages, whose owner pays (or the socket that they go to). */
const PACKETS = /^(skb_|alloc_skb|genlmsg_new|nlmsg_new)/;

/** Not charged, by file and what they are assigned to. */
const EXEMPT: Readonly<Record<string, string>> = {
  'plait_balance/strategy.c: entry': 'one for each strategy, while its module is loaded',
  'plait_core/scheduler.c: *entry': 'one for each scheduler, while its module is loaded',
  'plait_core/sysctl.c: changes': 'freed before the call ends',
  'plait_core/sysctl.c: text.data': 'freed before the call ends',
  'plait_core/netlink.c: changes': 'freed before the call ends',
  'plait_core/buffer/sysctl.c: value.data': 'freed before the call ends',
  'plait_calibrate/clock.c: *samples': 'freed before loading ends, which the root of the machine asks for',
  'plait_calibrate/clock.c: *late': 'as above',
  'plait_calibrate/crypto.c: work': 'as above',
  'plait_calibrate/crypto.c: work->plain': 'as above',
  'plait_calibrate/crypto.c: work->sealed': 'as above',
  'plait_calibrate/crypto.c: *work': 'as above',
  'plait_calibrate/packets.c: *samples': 'as above',
  'plait_calibrate/timing.c: *samples': 'as above',
};

const ALLOCATION =
  /(?:(\S+) = |return )?\b(k[a-z]*(?:alloc|memdup|strdup|cache_create)[a-z_]*|KMEM_CACHE|kmem_cache_create[a-z_]*|[a-z_]*alloc_pcpu[a-z_]*|alloc_percpu[a-z_]*|alloc_netdev[a-z_]*)\(([^;]*)\)/g;

interface Allocation {
  readonly place: string;
  readonly call: string;
  readonly charged: boolean;
}

function allocations(file: string, text: string): Allocation[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(ALLOCATION)]
    .filter(([, , name = '']) => !PACKETS.test(name))
    .map(([call, target = '', , args = '']) => ({
      place: `${file}: ${target}`,
      call,
      // A cache says it for all its objects, so kmem_cache_alloc() need not.
      charged: /_ACCOUNT\b/.test(args),
    }));
}

async function allAllocations(): Promise<Allocation[]> {
  const folder = join(repository, 'src/kmod/linux');
  const files = (await readdir(folder, { recursive: true })).filter((name) => /\.[ch]$/.test(name)).sort();
  const found = await Promise.all(
    files.map(async (file) => allocations(file, await readFile(join(folder, file), 'utf8'))),
  );
  return found.flat();
}

const test = suite('memory that the kernel modules take');

test('is charged to whoever causes it', async () => {
  const found = await allAllocations();
  assert.ok(found.length >= 15, `only ${found.length} allocations were found`);
  const unpaid = found.filter(({ charged, place }) => !charged && !(place in EXEMPT));
  assert.equal(
    unpaid.map(({ place, call }) => `${place}: ${call}`),
    [],
  );
});

test('needs each exemption', async () => {
  const unpaid = new Set(
    (await allAllocations()).filter(({ charged }) => !charged).map(({ place }) => place),
  );
  assert.equal(
    Object.keys(EXEMPT).filter((place) => !unpaid.has(place)),
    [],
  );
});

test('is found where it is not charged', () => {
  const [table, careless, cache] = allocations(
    'x.c',
    'state = kvzalloc(size, GFP_KERNEL);\ncache = KMEM_CACHE(x, 0);\ncache = kmem_cache_create("x", 8, 0, SLAB_ACCOUNT, NULL);',
  );
  assert.equal(
    [table?.place, table?.charged, careless?.charged, cache?.charged],
    ['x.c: state', false, false, true],
  );
});

test.run();
