// SPDX-License-Identifier: MIT
/** Secret keys of tunnels: files of mode 0600, a line of base64 each. Their text goes to the kernel and nowhere else. */
import { KEY_FOLDER, keyBytes, keyFile, presharedFile } from '../appliance/keys.ts';
import type { Kernel } from './kernel.ts';
import type { Files } from './ports.ts';

/** Undefined: there is no such file. Throws when it holds something else; what, is not told. */
export function readKeyFile(files: Files, path: string): string | undefined {
  const text = files.read(path);
  return text === undefined ? undefined : readKeyText(path, text);
}

/** `from`: where it was read. */
export function readKeyText(from: string, text: string): string {
  const key = text.trim();
  const bytes = keyBytes(key);
  if (bytes === undefined) throw new Error(`${from} does not hold a key: 32 bytes in base64, 44 characters`);
  if (bytes.every((byte) => byte === 0)) throw new Error(`${from} holds a key of zeros, which is none`);
  return key;
}

export function writeKeyFile(files: Files, path: string, key: string): void {
  files.makeFolder(KEY_FOLDER, 0o700);
  files.write(path, `${key}\n`, { mode: 0o600, durable: true });
}

export function mustReadKey(files: Files, name: string): string {
  const key = readKeyFile(files, keyFile(name));
  if (key === undefined)
    throw new Error(`there is no key ${keyFile(name)}: plaitctl key new ${name} makes it`);
  return key;
}

/** Not made by itself: it is of use only when both ends have the same. */
export function mustReadPreshared(files: Files, name: string): string {
  const path = presharedFile(name);
  const key = readKeyFile(files, path);
  if (key === undefined)
    throw new Error(
      `there is no preshared key ${path}: make it on one end (plaitctl key new --preshared ${name}), copy the file to the other`,
    );
  return key;
}

const publicKeys = new WeakMap<Kernel, Map<string, string>>();
/** Of boxes with more keys, some are asked for again. */
const MOST_KNOWN = 64;

/** Milliseconds on a slow CPU, and asked each time that the state is read: remembered. */
export function publicKeyOf(kernel: Kernel, privateKey: string): string {
  const known = publicKeys.get(kernel) ?? new Map<string, string>();
  publicKeys.set(kernel, known);
  const found = known.get(privateKey);
  if (found !== undefined) return found;
  const made = kernel.publicKeyOf(privateKey);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(privateKey, made);
  return made;
}
