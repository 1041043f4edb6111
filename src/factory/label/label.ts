// SPDX-License-Identifier: MIT
/** What is on a board's label, and what of it is refused. */
import { createHash } from 'node:crypto';
import type { Identity } from '../../agent/identity.ts';
import { UsageError } from '../../image/errors.ts';

export interface Label {
  /** A folder of board/. */
  readonly board: string;
  readonly identity: Pick<Identity, 'serial' | 'macs' | 'revision'>;
  /** What the first login asks for. */
  readonly code?: string | undefined;
  /** Of the board's certificate or host key. */
  readonly fingerprint?: string | undefined;
}

const CODE = { like: /^[0-9A-Za-z-]{4,32}$/, what: '4 to 32 letters, digits and -' };
const FINGERPRINT = {
  like: /^[0-9A-Za-z:+/=]{16,128}$/,
  what: '16 to 128 letters, digits and :+/=, as sha256sum or ssh-keygen -l prints it',
};

/** Of the board's own key, which is its SSH host key, as `ssh` shows it at the first login. */
export function keyFingerprint({ publicKey }: Pick<Identity, 'publicKey'>): string | undefined {
  if (publicKey === undefined) return undefined;
  const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

/** Returns it. The identity has been looked at by who read it. @throws UsageError */
export function checkedLabel(label: Label): Label {
  for (const [name, value, { like, what }] of [
    ['code', label.code, CODE],
    ['fingerprint', label.fingerprint, FINGERPRINT],
  ] as const)
    if (value !== undefined && !like.test(value))
      throw new UsageError(`--${name} is ${JSON.stringify(value.slice(0, 60))}; it must be ${what}`);
  return label;
}

/**
 * What the symbol says: `SN=2D13-004711;MAC=000DB9123456,000DB9123457;CODE=…;FP=…`. Letters of one case and few signs make a
 * smaller symbol.
 */
export function symbolText({ identity: { serial, macs }, code, fingerprint }: Label): string {
  return [
    `SN=${serial}`,
    `MAC=${macs.map((mac) => mac.replaceAll(':', '').toUpperCase()).join(',')}`,
    ...(code === undefined ? [] : [`CODE=${code}`]),
    ...(fingerprint === undefined ? [] : [`FP=${fingerprint}`]),
  ].join(';');
}
