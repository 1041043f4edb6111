// SPDX-License-Identifier: MIT
/**
 * Keys of tunnels of mode `plait`: made, shown, brought along. Secret ones go from file to file and are never printed; what
 * people see are public keys, and fingerprints to read out on the telephone.
 */
import { KEY_FOLDER, keyBytes, keyFile, presharedFile } from '../../appliance/keys.ts';
import { KEY_NAME } from '../../appliance/units.ts';
import { readKeyFile, readKeyText, writeKeyFile } from '../key-files.ts';
import { withUdpModule } from '../load-module.ts';
import { table } from '../text-table.ts';
import { ask, type Context, EXIT_OK, FailureError, NoDaemon, readText, UsageError } from './context.ts';

const USAGE = 'plaitctl key new NAME, key show [NAME], key import FILE [NAME]';
const PRESHARED_ENDING = '.preshared';

/** A key that people may see. */
interface ShownKey {
  /** Of its file, or of the tunnel whose far end has it. */
  name: string;
  what: 'key of this box' | 'preshared key' | 'far end' | 'public key';
  /** Absent for a preshared key, which has none. */
  publicKey?: string;
  fingerprint: string;
}

export async function keyCommand(context: Context): Promise<number> {
  const [action, first, second] = context.words;
  if (action === 'show') {
    mustHaveNoOptions(context);
    if (second !== undefined) throw new UsageError(`"${second}" is one word too many: ${USAGE}`);
    return show(context, first);
  }
  if (action === 'new' && first !== undefined && second === undefined) return makeNew(context, first);
  if (action === 'import' && first !== undefined) return bringIn(context, first, second);
  throw new UsageError(USAGE);
}

async function makeNew(context: Context, name: string): Promise<number> {
  const path = pathFor(context, name);
  // Any 32 random bytes are a preshared key: those of a private key are.
  const { privateKey } = await withUdpModule(context.ports.processes, () => context.kernel().newKey());
  writeKeyFile(context.ports.files, path, privateKey);
  return told(context, await describe(context, name, isPreshared(context), privateKey), 'made');
}

async function bringIn(context: Context, from: string, given: string | undefined): Promise<number> {
  const name = given ?? (from === '-' ? '' : (from.split('/').pop() ?? '').replace(PRESHARED_ENDING, ''));
  if (name === '') throw new UsageError(`say what the key is to be called: plaitctl key import ${from} NAME`);
  const path = pathFor(context, name);
  const secret =
    from === '-' ? readKeyText('standard input', readText(context, '-')) : secretIn(context, from);
  const shown = await describe(context, name, isPreshared(context), secret);
  writeKeyFile(context.ports.files, path, secret);
  return told(context, shown, 'imported');
}

/** Whoever could change where a link leads, or read the file, may have the key too. */
function secretIn({ ports: { files }, err }: Context, path: string): string {
  const seen = files.look(path);
  if (seen === undefined) throw new Error(`there is no file ${path}`);
  if (seen.kind === 'link') throw new Error(`${path} is a symbolic link: name the file itself`);
  if (seen.kind !== 'file') throw new Error(`${path} is not a regular file`);
  const secret = readKeyFile(files, path);
  if (secret === undefined) throw new Error(`there is no file ${path}`);
  if ((seen.mode & 0o077) !== 0)
    err(
      `warning: others may read ${path} (mode ${(seen.mode & 0o777).toString(8)}): remove it, and if somebody has read it, make a new key\n`,
    );
  return secret;
}

async function show(context: Context, name: string | undefined): Promise<number> {
  const keys = name === undefined ? await allKeys(context) : [await oneKey(context, name)];
  if (context.json) {
    context.out(`${JSON.stringify({ keys })}\n`);
    return EXIT_OK;
  }
  if (keys.length === 0) {
    context.out('there are no keys; "plaitctl key new NAME" makes one\n');
    return EXIT_OK;
  }
  const rows = keys.map((key) => [key.name, key.what, key.publicKey ?? '-', key.fingerprint]);
  for (const line of table(['NAME', 'WHAT', 'PUBLIC KEY', 'FINGERPRINT'], rows)) context.out(`${line}\n`);
  return EXIT_OK;
}

/** By the name of a file, or any public key itself. */
async function oneKey(context: Context, name: string): Promise<ShownKey> {
  if (keyBytes(name) !== undefined) {
    return {
      name: '-',
      what: 'public key',
      publicKey: name,
      fingerprint: await fingerprintOf(context, name),
    };
  }
  const secret = readKeyFile(context.ports.files, keyFile(mustBeName(name)));
  if (secret === undefined)
    throw new FailureError({
      code: 'nothing',
      message: `there is no key ${keyFile(name)}: plaitctl key new ${name} makes it`,
    });
  return describe(context, name, false, secret);
}

async function allKeys(context: Context): Promise<ShownKey[]> {
  const { files } = context.ports;
  const keys: ShownKey[] = [];
  for (const file of files.list(KEY_FOLDER).sort()) {
    const preshared = file.endsWith(PRESHARED_ENDING);
    const name = preshared ? file.slice(0, -PRESHARED_ENDING.length) : file;
    const secret = KEY_NAME.test(name) ? readKeyFile(files, `${KEY_FOLDER}/${file}`) : undefined;
    if (secret !== undefined) keys.push(await describe(context, name, preshared, secret));
  }
  for (const { name, publicKey } of farEnds(context))
    keys.push({ name, what: 'far end', publicKey, fingerprint: await fingerprintOf(context, publicKey) });
  return keys;
}

/** Those of tunnels in use: the other side of a telephone call has them as their own. */
function farEnds(context: Context): { name: string; publicKey: string }[] {
  try {
    const { tunnels } = ask(context, 'status', {});
    return tunnels.flatMap(({ name, peer }) =>
      peer === undefined ? [] : [{ name, publicKey: peer.peerKey }],
    );
  } catch (error) {
    if (error instanceof NoDaemon) return [];
    throw error;
  }
}

async function describe(
  context: Context,
  name: string,
  preshared: boolean,
  secret: string,
): Promise<ShownKey> {
  if (preshared) return { name, what: 'preshared key', fingerprint: await fingerprintOf(context, secret) };
  const publicKey = await withUdpModule(context.ports.processes, () => context.kernel().publicKeyOf(secret));
  return { name, what: 'key of this box', publicKey, fingerprint: await fingerprintOf(context, publicKey) };
}

const GROUPS = 6;
/** The program is given the key by its standard input: arguments are for everybody to see. */
const SHA256 = ['sha256sum'];

/**
 * Six groups of four digits, 80 bits, of the SHA-256 of the key's text: each the remainder by 10000 of the next 32 bits. On any
 * machine: printf %s KEY | sha256sum.
 */
export async function fingerprintOf({ ports }: Pick<Context, 'ports'>, key: string): Promise<string> {
  const { code, stdout, stderr } = await ports.processes.run(SHA256, { stdin: key, timeout: 10_000 });
  const words = /^([0-9a-f]{64})/.exec(stdout)?.[1]?.match(/.{8}/g);
  if (code !== 0 || words === undefined || words === null)
    throw new Error(`sha256sum: ${stderr.trim() || `ended with ${code}`}`);
  return words
    .slice(0, GROUPS)
    .map((word) => String(Number.parseInt(word, 16) % 10_000).padStart(4, '0'))
    .join(' ');
}

function told(context: Context, key: ShownKey, verb: string): number {
  if (context.json) {
    context.out(`${JSON.stringify({ key })}\n`);
    return EXIT_OK;
  }
  const path = key.publicKey === undefined ? presharedFile(key.name) : keyFile(key.name);
  context.out(`${path} is ${verb}; "plaitctl apply" uses it\n`);
  if (key.publicKey === undefined)
    context.out('copy the file to the other end, where it has the same name\n');
  else context.out(`public key   ${key.publicKey}\n`);
  context.out(`fingerprint  ${key.fingerprint}\n`);
  return EXIT_OK;
}

/** Of the file that is to be written. */
function pathFor(context: Context, name: string): string {
  const preshared = isPreshared(context);
  const path = preshared ? presharedFile(mustBeName(name)) : keyFile(mustBeName(name));
  if (context.options.has('replace') || context.ports.files.look(path) === undefined) return path;
  const why = preshared ? 'the other end would have another one' : 'other boxes know this one by it';
  throw new FailureError({ code: 'failed', message: `there is a key ${path}, and ${why}: say --replace` });
}

function isPreshared({ options }: Context): boolean {
  return options.has('preshared');
}

function mustBeName(name: string): string {
  if (KEY_NAME.test(name)) return name;
  throw new UsageError(
    'the name of a key is 1 to 15 small letters, digits, - and _, beginning with a letter',
  );
}

function mustHaveNoOptions({ options }: Context): void {
  const [name] = options.keys();
  if (name !== undefined) throw new UsageError(`--${name} is not for key show: ${USAGE}`);
}
