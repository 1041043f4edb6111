// SPDX-License-Identifier: MIT
import type { PackageRequest, PackageStage, Sources } from '../../src/image/sources/sources.ts';

/** Says to every request that the archive has it. */
export function fakeSources(): Sources {
  const stage = (kind: 'source' | 'binary') => async (request: PackageRequest) => {
    const files = [{ name: `${request.name}_1.orig.tar.xz`, size: 1, sha256: '00', path: 'pool/x' }];
    const info = {
      kind,
      package: request.name,
      version: '1-1',
      upstream: '1',
      suite: 'bookworm',
      files,
    } as const;
    const id = kind === 'source' ? `source:${request.name}` : `debian:${request.name}`;
    return { id, info, inputs: info, deps: [], run: async () => {} } satisfies PackageStage;
  };
  return { source: stage('source'), binary: stage('binary'), used: [] } as unknown as Sources;
}
