// SPDX-License-Identifier: MIT
/** Adds SSH keys to the text of a plait.yaml, whose comments and order stay as a person wrote them. */
import { isDeepStrictEqual } from 'node:util';
import { parseConfig } from '../appliance/config.ts';
import { describe } from '../appliance/problems.ts';
import { UsageError } from '../image/errors.ts';

/** Keys of a .pub or authorized_keys file. @throws UsageError */
export function sshKeysIn(text: string, file: string): string[] {
  if (/PRIVATE KEY/.test(text))
    throw new UsageError(`${file} is a private key; name the public one, ${file}.pub`);
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new UsageError(`${file} holds no SSH key`);
  return keys;
}

/**
 * The text with these keys in `admin.ssh-keys`, those that are there already left out.
 * @throws UsageError when the result would mean anything else
 */
export function withSshKeys(text: string, keys: readonly string[], file: string): string {
  const before = parseConfig(text);
  if (!before.ok) throw new UsageError(`${file} is not valid:\n${before.problems.map(describe).join('\n')}`);
  const present = before.config.admin['ssh-keys'];
  const added = [...new Set(keys)].filter((key) => !present.includes(key));
  if (added.length === 0) return text;
  const after = parseConfig(insert(text, added));
  if (!after.ok && after.problems.some(({ path }) => path.startsWith('admin.ssh-keys')))
    throw new UsageError(`SSH keys: ${after.problems.map(describe).join('\n')}`);
  const { config } = before;
  const wanted = { ...config, admin: { ...config.admin, 'ssh-keys': expected(after, present, added) } };
  if (!after.ok || !isDeepStrictEqual(after.config, wanted))
    throw new UsageError(
      `${file}: SSH keys cannot be added to it as it is written; add them to admin.ssh-keys by hand`,
    );
  return insert(text, added);
}

/** New keys come before or behind the others, wherever there is a line to put them. */
function expected(
  after: ReturnType<typeof parseConfig>,
  present: readonly string[],
  added: readonly string[],
) {
  const found = after.ok ? after.config.admin['ssh-keys'] : [];
  const same = isDeepStrictEqual([...found].sort(), [...present, ...added].sort());
  return same ? found : [...present, ...added];
}

function insert(text: string, keys: readonly string[]): string {
  const lines = text.split('\n');
  const admin = lines.findIndex((line) => /^admin:\s*(?:#.*)?$/.test(line));
  const items = (indent: string) => keys.map((key) => `${indent}- ${JSON.stringify(key)}`);
  if (admin < 0) {
    const end = text.endsWith('\n') || text === '' ? '' : '\n';
    return `${text}${end}admin:\n  ssh-keys:\n${items('    ').join('\n')}\n`;
  }
  const rest = lines.slice(admin + 1);
  const next = rest.findIndex((line) => /^\S/.test(line) && !line.startsWith('#'));
  const list = rest
    .slice(0, next < 0 ? undefined : next)
    .findIndex((line) => /^\s+ssh-keys:\s*(?:#.*)?$/.test(line));
  if (list >= 0) {
    const at = admin + 1 + list;
    const indent = /^(\s*)-/.exec(lines[at + 1] ?? '')?.[1] ?? `${/^\s*/.exec(lines[at] ?? '')?.[0] ?? ''}  `;
    return [...lines.slice(0, at + 1), ...items(indent), ...lines.slice(at + 1)].join('\n');
  }
  const indent = /^(\s+)\S/.exec(rest[0] ?? '')?.[1] ?? '  ';
  return [...lines.slice(0, admin + 1), `${indent}ssh-keys:`, ...items(`${indent}  `), ...rest].join('\n');
}
