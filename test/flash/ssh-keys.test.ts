// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { sshKeysIn, withSshKeys } from '../../src/flash/ssh-keys.ts';
import { UsageError } from '../../src/image/errors.ts';

const ANNA = `ssh-ed25519 AAAA${'a'.repeat(64)} anna: at "work" #1`;
const BEN = `ssh-ed25519 AAAA${'b'.repeat(64)} ben`;
const BARE = 'version: 1 # a comment\nlan: { ports: [eth0], address: 192.168.50.1/24 }\n';

const keysOf = (text: string) => {
  const parsed = parseConfig(text);
  return parsed.ok ? parsed.config.admin['ssh-keys'] : parsed.problems;
};

const adding = suite('withSshKeys');

for (const [what, text] of [
  ['no admin', BARE],
  ['no admin, and no line end', BARE.trimEnd()],
  ['admin with other keys', `admin: # ours\n    password-hash: "$6$abcdefgh$${'x'.repeat(86)}"\n${BARE}`],
  ['a list of keys', `${BARE}admin:\n  ssh-keys:\n  - ${BEN}\n`],
] as const) {
  adding(`adds to a file with ${what}, which stays as it was written`, () => {
    const before = keysOf(text) as string[];
    const after = withSshKeys(text, [ANNA, BEN], 'plait.yaml');
    assert.equal([...(keysOf(after) as string[])].sort(), [...new Set([...before, ANNA, BEN])].sort());
    for (const line of text.trimEnd().split('\n')) assert.ok(after.includes(line), line);
    assert.is(withSshKeys(after, [BEN, ANNA], 'plait.yaml'), after, 'they are there already');
  });
}

adding('refuses what it would damage, what is no key and what is no configuration', () => {
  const refused = (run: () => unknown, message: RegExp) => {
    try {
      run();
      assert.unreachable('it was taken');
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, message);
    }
  };
  refused(
    () => withSshKeys(`${BARE}admin: { ssh-keys: [] }\n`, [ANNA], 'p.yaml'),
    /p\.yaml: SSH keys cannot be added/,
  );
  refused(() => withSshKeys(BARE, ['hello'], 'p.yaml'), /SSH keys: .*is not a public SSH key/s);
  refused(() => withSshKeys('version: 1\n', [ANNA], 'p.yaml'), /p\.yaml is not valid:\n.*lan/);
  refused(
    () => sshKeysIn('-----BEGIN OPENSSH PRIVATE KEY-----', 'id'),
    /id is a private key; name the public one, id\.pub/,
  );
  refused(() => sshKeysIn('\n# none\n', 'id.pub'), /holds no SSH key/);
});

adding('reads the files that ssh-keygen and sshd have', () => {
  assert.equal(sshKeysIn(`# of the office\n${ANNA}\n\n  ${BEN}\n`, 'keys'), [ANNA, BEN]);
});

adding.run();
