// SPDX-License-Identifier: MIT
/**
 * Objects that a compiler has made before are taken again (ccache), so that one changed file is one call of the
 * compiler. They shape no byte: what is found was made of the same text by the same compiler with the same flags.
 */
import { join } from 'node:path';
import type { StageContext } from './stage.ts';

export const compilerCachePackages: readonly string[] = ['ccache'];

/** Bytes that objects may take; the oldest go first. */
const LIMIT = '1G';

export interface CachedCompiler {
  /** For `CC=` of a makefile. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** `compiler`, a program in the output of a stage, in front of which objects are looked up. */
export function cachedCompiler(ctx: StageContext, compiler: string): CachedCompiler {
  return {
    command: `ccache ${compiler}`,
    env: {
      CCACHE_DIR: join(ctx.shared, 'objects'),
      // Neither the machine's own settings nor the user's.
      CCACHE_CONFIGPATH: '/dev/null',
      CCACHE_MAXSIZE: LIMIT,
      // The path of a stage's output holds its key. The file there may be a script that never changes.
      CCACHE_COMPILERCHECK: `string:${compiler}`,
      // The compiler's own list of headers, instead of a second run of the preprocessor.
      CCACHE_DEPEND: '1',
    },
  };
}
