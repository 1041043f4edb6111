// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashValue } from '../stage.ts';
import { readIfThere, writeWhole } from './files.ts';
import type { PackageInfo, PackageRequest } from './package.ts';
import type { SearchResult } from './search.ts';
import type { Kind } from './suite-index.ts';
import type { Suite } from './suites.ts';

/** What a search came to, with the indexes it was found in: as long as these stay, so does the answer. */
interface Answer {
  readonly info: PackageInfo;
  /** Digests of the indexes by suite. */
  readonly indexes: Readonly<Partial<Record<Suite, string>>>;
  readonly lost: readonly string[];
}

/** For how long a version that the mirror has not got is given up, in milliseconds. */
const retryLost = 24 * 3600 * 1000;

/** Answers to searches, so that a build whose indexes did not change asks nothing. */
export class Answers {
  private readonly dir: string;
  private readonly digest: (suite: Suite) => Promise<string>;

  /** `digest` gives that of a suite's present index. */
  constructor(dir: string, digest: (suite: Suite) => Promise<string>) {
    this.dir = dir;
    this.digest = digest;
  }

  async get(kind: Kind, request: PackageRequest): Promise<PackageInfo | undefined> {
    const path = this.path(kind, request);
    const answer = parse(await readIfThere(path));
    if (!answer) return undefined;
    for (const [suite, digest] of Object.entries(answer.indexes))
      if ((await this.digest(suite as Suite)) !== digest) return undefined;
    if (answer.lost.length > 0 && Date.now() - (await stat(path)).mtimeMs > retryLost) return undefined;
    return answer.info;
  }

  async put(kind: Kind, request: PackageRequest, { info, suites, lost }: SearchResult): Promise<void> {
    const indexes: Partial<Record<Suite, string>> = {};
    for (const suite of suites) indexes[suite] = await this.digest(suite);
    const answer: Answer = { info, indexes, lost };
    await writeWhole(this.path(kind, request), `${JSON.stringify(answer, null, 2)}\n`);
  }

  private path(kind: Kind, request: PackageRequest): string {
    const key = hashValue({ kind, ...request }).slice(0, 16);
    return join(this.dir, `${kind}-${request.name}-${key}.json`);
  }
}

function parse(text: string | undefined): Answer | undefined {
  try {
    const answer = JSON.parse(text ?? 'null') as Answer | null;
    return answer?.info?.files?.length && answer.indexes && answer.lost ? answer : undefined;
  } catch {
    return undefined;
  }
}
