// SPDX-License-Identifier: MIT
import type { Statement } from '../reports/vex.ts';
import { type Finding, needsUpdate } from './audit.ts';

/** What an audit found, as statements about an image's components. */
export function auditStatements(
  findings: readonly Finding[],
  versions: ReadonlyMap<string, string>,
): Statement[] {
  return findings.flatMap((finding) =>
    finding.vulnerabilities.map((one): Statement => {
      const { name } = finding.part;
      const component = { name, version: versions.get(name) ?? '' };
      const { id, notAffected, fixed } = one;
      if (notAffected !== undefined)
        return {
          id,
          component,
          state: 'not_affected',
          ...notAffected,
        };
      if (fixed !== undefined)
        return { id, component, state: 'exploitable', detail: `fixed in ${finding.source} ${fixed}` };
      const weight = one.urgency === undefined ? '' : `; Debian's security team: ${one.urgency}`;
      return { id, component, state: 'in_triage', detail: `Debian has no fix for it yet${weight}` };
    }),
  );
}

/** Lines for people. */
export function findingLines(findings: readonly Finding[], others: readonly string[]): string[] {
  const lines = findings.flatMap(oneFinding);
  const missing = findings.filter(needsUpdate).length;
  const counted = findings.flatMap(({ vulnerabilities }) => vulnerabilities);
  const open = counted.filter((one) => one.fixed === undefined && one.notAffected === undefined).length;
  return [
    ...lines,
    ...(others.length > 0 ? [`not from Debian, and not looked at: ${others.join(', ')}`] : []),
    `${findings.length} components: ${missing} without a security update, ${open} vulnerabilities without a fix in Debian`,
  ];
}

function oneFinding(finding: Finding): string[] {
  const { part, update, vulnerabilities, from } = finding;
  if (!update && vulnerabilities.length === 0) return [];
  const newer = update ? `, ${update.version} in ${update.suite}` : '';
  const unknown =
    from === 'nothing' ? ['  what it fixes is not known: its changelog is not on the mirror'] : [];
  const rows = vulnerabilities.map(({ id, fixed, notAffected, urgency, description }) => {
    const what =
      notAffected?.detail ??
      (fixed === undefined ? `no fix yet${urgency ? ` (${urgency})` : ''}` : `fixed in ${fixed}`);
    const state = notAffected === undefined ? what : `does not apply: ${what}`;
    const about = description === '' ? '' : `  ${description.split('\n')[0]?.slice(0, 80)}`;
    return `  ${id}  ${state}${about}`;
  });
  return [`${part.name} ${part.version} of ${part.release}${newer}`, ...unknown, ...rows];
}
