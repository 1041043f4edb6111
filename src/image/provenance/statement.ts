// SPDX-License-Identifier: MIT
import type { PackageInfo } from '../sources/sources.ts';
import { isSecurity } from '../sources/suites.ts';

export interface ProvenanceFacts {
  readonly board: string;
  /** Plait's own version. */
  readonly version: string;
  readonly engine: { readonly name: string; readonly [fact: string]: unknown };
  /** Commit of the checkout, with `-dirty` when files in it were changed; null outside a checkout. */
  readonly revision: string | null;
  readonly buildId: string;
  /** SOURCE_DATE_EPOCH, in seconds. */
  readonly epoch: number;
  /** Every Debian package that was fetched. */
  readonly packages: readonly PackageInfo[];
  /** Sources that came from elsewhere: files or directories with a hash. */
  readonly others: readonly { readonly name: string; readonly sha256: string }[];
  /** Programs of the build machine that worked on it. */
  readonly machine: Readonly<Record<string, string>>;
  /** Identifies who built it: the key that signs this. */
  readonly keyId: string;
  readonly subjects: readonly { readonly name: string; readonly sha256: string }[];
}

/** Where it is published; named as verifiers expect: one envelope a line. */
export const provenanceFile = 'provenance.intoto.jsonl';

/** What the build's parameters mean: docs/supply-chain.md describes it. */
export const buildType = 'urn:plait:image:1';

/**
 * How an image came to be: an in-toto statement with SLSA's provenance. It has no times, so that two builds of the same
 * sources give the same bytes.
 */
export function provenance(facts: ProvenanceFacts): object {
  const { board, version, engine, buildId, epoch, machine, keyId, subjects } = facts;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { board, engine: engine.name },
        internalParameters: { sourceDateEpoch: epoch, engine, machine },
        resolvedDependencies: dependencies(facts),
      },
      runDetails: {
        builder: { id: `urn:plait:builder:sha256:${keyId}`, version: { plait: version } },
        metadata: { invocationId: buildId },
      },
    },
  };
}

function dependencies({ revision, packages, others }: ProvenanceFacts): object[] {
  return [
    ...(revision === null ? [] : [checkout(revision)]),
    ...packages.flatMap(debianFiles),
    ...others.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
  ];
}

/** Files that differ from the commit have no digest: then the commit only says where it began. */
function checkout(revision: string): object {
  const commit = revision.replace(/-dirty$/, '');
  const clean = commit === revision;
  return {
    name: 'plait',
    ...(clean ? { digest: { gitCommit: commit } } : { annotations: { commit, changed: true } }),
  };
}

function debianFiles({ kind, package: name, version, suite, files }: PackageInfo): object[] {
  const archive = isSecurity(suite) ? 'debian-security' : 'debian';
  return files.map((file) => ({
    name: file.name,
    uri: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}${kind === 'source' ? '?arch=source' : ''}`,
    // Below whatever mirror it came from: which one that was decides nothing, its hash does.
    downloadLocation: `/${archive}/${file.path}`,
    digest: { sha256: file.sha256 },
    annotations: { suite },
  }));
}
