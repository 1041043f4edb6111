// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard } from '../../../../src/image/board.ts';
import { stageKey } from '../../../../src/image/cache.ts';
import { debianEngine } from '../../../../src/image/engine/debian/engine.ts';
import type { EngineParts } from '../../../../src/image/engine/engine.ts';
import type { Stage } from '../../../../src/image/stage.ts';
import { fakeSources } from '../../fake-sources.ts';

const plan = suite('debianEngine.plan');

plan('gives every board the same packages, compiled apart', async () => {
  const [alix, apu] = [await planFor('alix'), await planFor('apu')];
  assert.equal(ids(alix.packages), ids(apu.packages));
  for (const name of ['busybox', 'iproute2', 'dnsmasq', 'dropbear', 'swupdate', 'ethtool', 'tcpdump', 'musl'])
    assert.ok(ids(alix.packages).includes(`package:${name}`), name);
  for (const [index, stage] of alix.packages.entries()) {
    const other = apu.packages[index];
    assert.ok(other);
    assert.is.not(stageKey(stage, 0), stageKey(other, 0), stage.id);
  }
});

plan('has one stage an id, so that two never share a log or a scratch directory', async () => {
  for (const name of await listBoards()) {
    const stages = reachable(await planFor(name));
    assert.is(new Set(ids(stages)).size, stages.length);
  }
});

plan('needs neither the kernel nor a C library for what does not use them', async () => {
  const parts = await planFor('alix');
  const below = (stage: Stage) => ids(closure([stage]));
  assert.not(below(parts.kernel).includes('toolchain'), 'the kernel waits for musl');
  assert.not(below(parts.agent).includes('kernel'), 'the agent waits for the kernel');
  assert.ok(below(parts.modules).includes('kernel'));
});

plan('rebuilds nothing but the agent for another version of Plait', async () => {
  const [old, newer] = [await planFor('alix', '0.1.0'), await planFor('alix', '0.2.0')];
  const changed = reachable(old).filter((stage, index) => {
    const other = reachable(newer)[index];
    return other === undefined || stageKey(stage, 0) !== stageKey(other, 0);
  });
  assert.equal(ids(changed), ['agent']);
});

plan('lists every component with its sources and licence texts, which its own stages hold', async () => {
  const parts = await planFor('apu');
  const stages = new Set(reachable(parts));
  const names = parts.bom.map((entry) => entry.name);
  assert.is(new Set(names).size, names.length);
  for (const name of ['linux', 'musl', 'busybox', 'quickjs', 'mbedtls', 'libpcap', 'libconfig'])
    assert.ok(names.includes(name), name);
  for (const entry of parts.bom) {
    assert.ok(entry.sources.length > 0 && entry.licenseFiles.length > 0, entry.name);
    for (const { stage } of entry.licenseFiles) assert.ok(stages.has(stage), entry.name);
  }
});

plan.run();

async function planFor(name: string, version = '0.1.0'): Promise<EngineParts> {
  return debianEngine.plan(await loadBoard(name), {
    sources: fakeSources(),
    version,
    reports: { signal: new AbortController().signal },
  });
}

function reachable({ packages, kernel, modules, agent, tools }: EngineParts): Stage[] {
  return closure([...packages, kernel, modules, agent, tools]);
}

function closure(stages: readonly Stage[]): Stage[] {
  const found = new Set<Stage>();
  const visit = (stage: Stage) => {
    if (found.has(stage)) return;
    found.add(stage);
    for (const dep of stage.deps) visit(dep);
  };
  for (const stage of stages) visit(stage);
  return [...found];
}

function ids(stages: readonly Stage[]): string[] {
  return stages.map((stage) => stage.id);
}
