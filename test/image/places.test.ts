// SPDX-License-Identifier: MIT
/** Where the pipeline keeps what it makes, whatever the environment of the user looks like. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyDir } from '../../src/image/bundle/signing-key.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { homeDir } from '../../src/image/home.ts';

function refusal(act: () => unknown): string {
  try {
    return `gave ${JSON.stringify(act())}`;
  } catch (error) {
    assert.is((error as Error).name, 'UsageError');
    return (error as Error).message;
  }
}

const places = suite('places');

places('HOME that is unset or empty is the one of /etc/passwd', () => {
  for (const env of [{}, { HOME: '' }])
    assert.is(
      homeDir(env, () => '/home/anna'),
      '/home/anna',
    );
});

places('a relative HOME, or none at all, is refused: nothing lands in the working directory', () => {
  assert.match(
    refusal(() => homeDir({ HOME: 'rel' })),
    "HOME is 'rel'; it must be an absolute path",
  );
  for (const none of ['', 'relative'])
    assert.match(
      refusal(() => homeDir({}, () => none)),
      'this user has no home directory',
    );
  assert.match(
    refusal(() => keyDir({ HOME: 'rel' })),
    "HOME is 'rel'",
  );
  assert.match(
    refusal(() => cacheDir({ HOME: 'rel' })),
    "HOME is 'rel'",
  );
});

places('a relative XDG folder does not count', () => {
  assert.is(keyDir({ HOME: '/h', XDG_CONFIG_HOME: 'rel' }), '/h/.config/plait/keys');
  assert.is(cacheDir({ HOME: '/h', XDG_CACHE_HOME: 'rel' }), '/h/.cache/plait');
  assert.is(keyDir({ HOME: '/h', XDG_CONFIG_HOME: '/c' }), '/c/plait/keys');
  assert.is(cacheDir({ HOME: '/h', XDG_CACHE_HOME: '/c' }), '/c/plait');
});

places(
  'a cache in a path that makefiles cannot take is refused, and where the path comes from is said',
  () => {
    for (const [path, what] of [
      ['/tmp/a b', 'a blank'],
      ['/tmp/c:d', "the character ':'"],
      ['/tmp/e$f', "the character '$'"],
      ['/tmp/g#h', "the character '#'"],
    ] as const)
      assert.match(
        refusal(() => cacheDir({ PLAIT_CACHE: path })),
        `the cache ${path} (from PLAIT_CACHE) has ${what} in its path`,
      );
    assert.match(
      refusal(() => cacheDir({ HOME: '/home/two words' })),
      '(from HOME) has a blank',
    );
    for (const path of ['/home/jürgen/x', '/home/user@corp.example/x', '/srv/plait_cache-1.2+3'])
      assert.is(cacheDir({ PLAIT_CACHE: path }), path);
  },
);

places.run();
