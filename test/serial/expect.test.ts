// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExpectBuffer } from '../../src/serial/expect.ts';

const expect = suite('ExpectBuffer');

expect('matches text that came before the wait and gives what stood before it', async () => {
  const buffer = new ExpectBuffer();
  buffer.push('hello plait login: ', 7);
  const match = await buffer.wait(['login: ']);
  assert.equal(match, { index: 0, before: 'hello plait ', text: 'login: ', groups: [], at: 7 });
});

expect('gives the pattern that stands first, and the one named first when two start together', async () => {
  const buffer = new ExpectBuffer();
  buffer.push('one two', 0);
  assert.is((await buffer.wait([/two/, /on(e|x)/])).index, 1);
  assert.is((await buffer.wait([/tw/, 'two'])).index, 0);
});

expect('consumes only up to the match', async () => {
  const buffer = new ExpectBuffer();
  buffer.push('a1 a2', 0);
  assert.equal((await buffer.wait([/a(\d)/])).groups, ['1']);
  assert.equal((await buffer.wait([/a(\d)/])).groups, ['2']);
});

expect('finds a pattern however the chunks are cut', async () => {
  const text = 'noise\r\nplait lo[    1.000000] eth0: up\r\ngin: ';
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length)), async (cuts) => {
      const buffer = new ExpectBuffer();
      const waiting = buffer.wait([/login: $/], { clean: true });
      const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
      for (const [index, edge] of edges.slice(1).entries())
        buffer.push(text.slice(edges[index], edge), index);
      assert.is((await waiting).text, 'login: ');
    }),
  );
});

expect('keeps a kernel message that follows the match for the next wait', async () => {
  const buffer = new ExpectBuffer();
  buffer.push('[    1.000000] first\ndone[    2.000000] second\n', 0);
  await buffer.wait(['done'], { clean: true });
  assert.equal((await buffer.wait([/\] (\w+)/])).groups, ['second']);
});

expect('refuses a second wait while one is under way', async () => {
  const buffer = new ExpectBuffer();
  const first = buffer.wait(['x']);
  assert.throws(() => buffer.wait(['y']), /still waiting/);
  buffer.push('x', 0);
  await first;
});

expect(
  'ends the wait under way and every later one when it fails, but gives what is there already',
  async () => {
    const buffer = new ExpectBuffer();
    const waiting = buffer.wait(['never']);
    buffer.push('last words', 0);
    buffer.fail(new Error('gone'));
    await rejects(waiting, /gone/);
    assert.is((await buffer.wait(['words'])).before, 'last ');
    await rejects(buffer.wait(['more']), /gone/);
  },
);

expect('forgets what is discarded', async () => {
  const buffer = new ExpectBuffer();
  buffer.push('old prompt # ', 0);
  buffer.discard();
  const waiting = buffer.wait([/# $/]);
  buffer.push('new # ', 1);
  assert.is((await waiting).before, 'new ');
});

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.ok(error, 'should have been rejected');
  assert.match(error.message, message);
}

expect.run();
