// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/appliance/config.ts';
import { STRATEGIES } from '../../../src/appliance/schema.ts';
import { costCases } from '../../../src/machine/cost/cases.ts';
import { makeFlows } from '../../../src/machine/cost/topology.ts';

const flows = suite('makeFlows');

flows('makes as many different flows as are wanted, within the networks', () => {
  for (const count of [10, 10_000]) {
    const made = makeFlows(count);
    const different = new Set(made.map((flow) => JSON.stringify(flow)));
    assert.is(different.size, count);
    for (const { from, to, fromPort } of made) {
      assert.match(from, /^10\.1\.\d+\.\d+$/);
      assert.match(to, /^10\.2\.\d+\.\d+$/);
      assert.ok(fromPort < 65_536);
      for (const part of [...from.split('.'), ...to.split('.')]) assert.ok(Number(part) <= 255);
    }
  }
});

flows.run();

const cases = suite('costCases');

cases('have names of their own, and are compared with cases that come before them', () => {
  const seen = new Set<string>();
  for (const { name, over } of costCases) {
    assert.not.ok(seen.has(name), name);
    if (over) assert.ok(seen.has(over.name), `${name} is compared with ${over.name}`);
    seen.add(name);
  }
});

cases('have a plait.yaml that is right, with every strategy that there is', () => {
  const strategies = new Set<string>();
  for (const { name, setup } of costCases) {
    if (setup.kind === 'bare') continue;
    const parsed = parseConfig(setup.yaml);
    assert.ok(parsed.ok, `${name}: ${JSON.stringify(parsed)}`);
    if (parsed.ok && parsed.config.balance) strategies.add(parsed.config.balance.strategy);
  }
  assert.equal([...strategies].sort(), [...STRATEGIES].sort());
});

cases.run();
