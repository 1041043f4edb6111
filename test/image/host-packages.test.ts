// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BuildError, UsageError } from '../../src/image/errors.ts';
import { ensureHostPackages, type HostSystem, thisHost } from '../../src/image/host-packages.ts';

/** A machine with some packages, that runs nothing but writes down what it was told to run. */
function machine(has: string[], more: Partial<HostSystem> = {}) {
  const ran: string[] = [];
  const host: HostSystem = {
    mayInstall: true,
    mayRun: async () => false,
    installed: async (names) => names.filter((name) => has.includes(name)),
    rootPrefix: async () => [],
    run: async (argv) => void ran.push(argv.join(' ')),
    ...more,
  };
  return { host, ran };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.unreachable('must have failed') as never,
    (error: Error) => error,
  );
}

const install = 'apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 bc flex';
const ensuring = suite('ensureHostPackages');

ensuring('asks for nothing when all is there', async () => {
  const { host, ran } = machine(['bc', 'flex']);
  await ensureHostPackages(['flex', 'bc'], host, () => assert.unreachable('installs'));
  assert.equal(ran, []);
});

ensuring('installs what is missing, once each, as root or through sudo', async () => {
  const told: string[][] = [];
  const note = (packages: readonly string[]) => told.push([...packages]);
  const asRoot = machine(['gcc']);
  await ensureHostPackages(['flex', 'bc', 'gcc', 'flex'], asRoot.host, note);
  assert.equal(asRoot.ran, [install]);
  const withSudo = machine([], { rootPrefix: async () => ['sudo', '-n'] });
  await ensureHostPackages(['flex', 'bc'], withSudo.host, note);
  assert.equal(withSudo.ran, [`sudo -n ${install}`]);
  assert.equal(told, [
    ['bc', 'flex'],
    ['bc', 'flex'],
  ]);
});

ensuring('prints the exact command, as wrong use, when this user may not install', async () => {
  const { host, ran } = machine([], { rootPrefix: async () => undefined });
  const error = await errorOf(ensureHostPackages(['flex', 'bc'], host, () => {}));
  assert.instance(error, UsageError);
  assert.match(error.message, `\n  sudo ${install}\n`);
  assert.equal(ran, []);
});

ensuring('prints the exact command, as wrong use, and asks nobody, when told not to install', async () => {
  const asked = async () => assert.unreachable('asks') as never;
  const { host, ran } = machine([], { mayInstall: false, rootPrefix: asked, mayRun: asked });
  const error = await errorOf(ensureHostPackages(['flex', 'bc'], host, () => {}));
  assert.instance(error, UsageError);
  assert.match(error.message, `\n  sudo ${install}\n`);
  assert.equal(ran, []);
});

ensuring(
  'asks a person once when sudo wants a password, and says before what will be installed',
  async () => {
    const told: string[] = [];
    const more = (agrees: boolean): Partial<HostSystem> => ({
      rootPrefix: async () => undefined,
      mayRun: async (command) => {
        told.push(`asked ${command.join(' ')}`);
        return agrees;
      },
      run: async (argv, onTerminal) => void told.push(`${argv.join(' ')}, on the terminal: ${onTerminal}`),
    });
    const note = (packages: readonly string[]) => told.push(`installing ${packages.join(' ')}`);
    await ensureHostPackages(['flex', 'bc'], machine([], more(true)).host, note);
    assert.equal(told, [
      `asked sudo ${install}`,
      'installing bc flex',
      `sudo ${install}, on the terminal: true`,
    ]);
    told.length = 0;
    const error = await errorOf(ensureHostPackages(['flex', 'bc'], machine([], more(false)).host, note));
    assert.instance(error, UsageError);
    assert.equal(told, [`asked sudo ${install}`]);
  },
);

ensuring('fetches the package lists and tries again when the first try fails', async () => {
  const ran: string[] = [];
  const run = async (argv: readonly string[]) => {
    ran.push(argv[1] ?? '');
    if (ran.length === 1) throw new Error('apt-get ended with status 100');
  };
  await ensureHostPackages(['bc'], machine([], { run }).host, () => {});
  assert.equal(ran, ['install', 'update', 'install']);
});

ensuring('fails in a sentence when apt fails', async () => {
  const run = async () => {
    throw new Error('apt-get ended with status 100');
  };
  const error = await errorOf(ensureHostPackages(['bc'], machine([], { run }).host, () => {}));
  assert.instance(error, BuildError);
  assert.match(error.message, 'could not install Debian packages: apt-get ended with status 100');
});

ensuring.run();

const real = suite('thisHost');

real('knows installed packages from those that are not', async () => {
  const host = thisHost(new AbortController().signal, () => {});
  assert.equal(await host.installed(['dpkg', 'no-such-package-at-all']), ['dpkg']);
});

real.run();
