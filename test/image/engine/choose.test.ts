// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keptTree } from '../../../src/image/engine/buildroot/release.ts';
import { type ChoiceFacts, canReach, chooseEngine } from '../../../src/image/engine/choose.ts';
import { needs } from '../needs.ts';
import { scratch } from '../scratch.ts';

await needs('wget');

/** A machine without a tree whose network answers or not; `asked` are the URIs it was asked for. */
function machine(answers: boolean, more: Partial<ChoiceFacts> = {}) {
  const asked: { uri: string; milliseconds: number }[] = [];
  const reach = async (uri: string, milliseconds: number) => {
    asked.push({ uri, milliseconds });
    return answers;
  };
  const facts = { cache: scratch(), dir: undefined, mirror: undefined, offline: false, reach, ...more };
  return { facts, asked };
}

const choice = suite('chooseEngine');

choice('takes Debian where Buildroot cannot be reached, and asks for less than three seconds', async () => {
  const { facts, asked } = machine(false);
  assert.is((await chooseEngine(facts)).engine, 'debian');
  assert.is(asked.length, 1);
  assert.ok((asked[0]?.milliseconds ?? 3000) < 3000);
});

choice('takes Buildroot when its site answers', async () => {
  const { facts } = machine(true);
  const { engine, why } = await chooseEngine(facts);
  assert.is(engine, 'buildroot');
  assert.match(why, /can be reached/);
});

choice('takes Buildroot without asking the network when a tree is named or kept', async () => {
  const named = machine(false, { dir: '/br' });
  assert.is((await chooseEngine(named.facts)).engine, 'buildroot');
  const kept = machine(false);
  await mkdir(keptTree(join(kept.facts.cache, 'buildroot')), { recursive: true });
  assert.is((await chooseEngine(kept.facts)).engine, 'buildroot');
  assert.equal([named.asked, kept.asked], [[], []]);
});

choice('asks nothing of the network when offline', async () => {
  const { facts, asked } = machine(true, { offline: true });
  const { engine, why } = await chooseEngine(facts);
  assert.is(engine, 'debian');
  assert.match(why, /--offline/);
  assert.equal(asked, []);
});

choice.run();

const reaching = suite('canReach');

reaching('goes through the proxy that the environment names, as the download does', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const { http_proxy: before } = process.env;
  process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    assert.ok(await canReach('http://buildroot.example/file', 5000));
  } finally {
    if (before === undefined) delete process.env.http_proxy;
    else process.env.http_proxy = before;
    proxy.close();
  }
  assert.equal(asked, ['http://buildroot.example/file']);
});

reaching('gives up in time', async () => {
  const silent = createTcpServer(() => {});
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  const { port } = silent.address() as AddressInfo;
  assert.not(await canReach(`http://127.0.0.1:${port}/`, 300));
  silent.close();
});

reaching.run();
