// SPDX-License-Identifier: MIT
import * as assert from 'uvu/assert';
import { withIndex } from '../../../src/factory/index/open.ts';
import { readIndex } from '../../../src/factory/index/readings.ts';
import { failure } from '../../support/failure.ts';
import { suite } from '../../support/suite.ts';
import { indexContract, recordOf, stored, trusted } from './contract.ts';
import { type Server, startPostgres } from './postgres-server.ts';

let server: Server;

const postgres = suite<Record<string, never>>('the index in PostgreSQL');

postgres.before(async () => {
  server = await startPostgres();
});
postgres.after(() => server.stop());

indexContract(postgres, () => server.fresh());

postgres(
  'is shared by stations that write at once, and a record that two of them have counts once',
  async () => {
    const database = await server.fresh();
    const stations = await Promise.all(
      [1, 2, 3, 4].map((number) => stored(recordOf(number, 20), recordOf(number + 10, 20), recordOf(99, 20))),
    );
    const counts = await Promise.all(
      stations.map((factory) =>
        withIndex({ factory, database, trusted }, async (_, { added, removed }) => {
          assert.is(removed, 0);
          return added;
        }),
      ),
    );
    assert.equal(counts.sort(), [2, 2, 2, 3]);
    const [factory = ''] = stations;
    await withIndex({ factory, database, trusted }, async (index, { added, removed }) => {
      assert.equal([added, removed], [0, 0]);
      const { runs, measurements } = await readIndex(index, {});
      assert.is(runs.length, 9);
      assert.is(new Set(runs.map(({ number }) => number)).size, 9);
      assert.is(measurements.length, 1);
      assert.is(measurements[0]?.readings.length, 9);
    });
  },
);

postgres('is told of as unreachable without the password of its URL', async () => {
  const factory = await stored();
  const database = 'postgres://factory:hunter2@127.0.0.1:1/none';
  const { message } = await failure(withIndex({ factory, database, trusted }, async () => {}));
  assert.match(message, /the database postgres:\/\/factory:…@127\.0\.0\.1:1\/none: connect ECONNREFUSED/);
});

postgres('is named by a URL', async () => {
  const { message } = await failure(
    withIndex({ factory: await stored(), database: 'mysql://x', trusted }, async () => {}),
  );
  assert.match(message, /--database: a database is named by a URL/);
});

postgres.run();
