// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatorsStage } from '../../archive-tools.ts';
import { compilePrograms, packageVersions, systemPath } from '../../build-machine.ts';
import { codeOf } from '../../code-key.ts';
import { BuildError } from '../../errors.ts';
import type { PackageBuild, Recipe, Target } from '../../packages/recipe.ts';
import type { PackageStage, Sources } from '../../sources/sources.ts';
import { unpackSource } from '../../sources/unpack.ts';
import { type Argv, hashTree, type Stage, type StageContext } from '../../stage.ts';
import type { Arch } from '../toolchain/arch.ts';

/** A recipe's stage. Output: `root/`, `staging/`, `licenses/<name>/` and `debian/<name>.changelog`. */
export interface RecipeStage extends Stage {
  readonly recipe: Recipe;
  readonly source: PackageStage;
}

const recipes = fileURLToPath(new URL('../../packages/', import.meta.url));

/** Makes the stages of recipes, each once, with those of the recipes they need. */
export class RecipeStages {
  private readonly known = new Map<Recipe, Promise<RecipeStage>>();
  private readonly arch: Arch;
  private readonly archName: Target['arch'];
  private readonly toolchain: Stage;
  private readonly sources: Sources;
  private generators: Promise<Stage> | undefined;

  constructor(arch: Arch, archName: Target['arch'], toolchain: Stage, sources: Sources) {
    this.arch = arch;
    this.archName = archName;
    this.toolchain = toolchain;
    this.sources = sources;
  }

  stage(recipe: Recipe): Promise<RecipeStage> {
    const known = this.known.get(recipe) ?? this.create(recipe);
    this.known.set(recipe, known);
    return known;
  }

  /** Every stage made so far, libraries included. */
  all(): Promise<RecipeStage[]> {
    return Promise.all(this.known.values());
  }

  private async create(recipe: Recipe): Promise<RecipeStage> {
    const needs: RecipeStage[] = [];
    for (const need of recipe.needs ?? []) needs.push(await this.stage(need));
    const source = await this.sources.source(recipe.source);
    const files = (recipe.files ?? []).map((file) => join(recipes, file));
    this.generators ??= generatorsStage(this.sources);
    const generators = await this.generators;
    return {
      id: `package:${recipe.name}`,
      recipe,
      source,
      inputs: {
        files: await hashTree(files),
        recipe: await codeOf(join(recipes, `${recipe.name}.ts`)),
        code: await codeOf(import.meta.url),
      },
      machine: await packageVersions(compilePrograms),
      deps: [this.toolchain, generators, source, ...needs],
      run: async (ctx) => {
        const src = await unpackSource(ctx, source, recipe.skippedPatches);
        const target = targetOf(ctx, this.arch, this.archName, ctx.output(this.toolchain));
        await ctx.exec(['mkdir', '-p', join(ctx.out, 'root'), stagingDirs(ctx)]);
        for (const need of needs)
          await ctx.exec(['cp', '-a', `${ctx.output(need)}/staging/.`, stagingOf(ctx)]);
        await recipe.build(new Build(ctx, src, target, join(ctx.output(generators), 'bin')));
        await stripRoot(ctx, target);
        await installLicences(ctx, recipe, src);
        const changelog = join(ctx.out, 'debian', `${recipe.name}.changelog`);
        await ctx.exec(['install', '-D', '-m644', join(src, 'debian/changelog'), changelog]);
      },
    };
  }
}

/** What the recipe needs, and then what it stages itself: only that and its own needs are passed on. */
function stagingOf(ctx: StageContext): string {
  return join(ctx.out, 'staging');
}

function stagingDirs(ctx: StageContext): string[] {
  return ['usr/include', 'usr/lib'].map((path) => join(stagingOf(ctx), path));
}

function targetOf(ctx: StageContext, arch: Arch, archName: Target['arch'], toolchain: string): Target {
  const tool = (name: string) => join(toolchain, 'bin', `${arch.target}-${name}`);
  const staging = stagingOf(ctx);
  return {
    triplet: arch.target,
    arch: archName,
    cc: tool('gcc'),
    ar: tool('ar'),
    ranlib: tool('ranlib'),
    strip: tool('strip'),
    cflags: ['-Os', '-ffunction-sections', '-fdata-sections'],
    cppflags: [`-I${staging}/usr/include`],
    ldflags: [`-L${staging}/usr/lib`, '-Wl,--gc-sections', '-Wl,-O1', '-Wl,-z,relro', '-Wl,--as-needed'],
  };
}

class Build implements PackageBuild {
  readonly src: string;
  readonly root: string;
  readonly staging: string;
  readonly target: Target;
  readonly jobs: number;
  private readonly ctx: StageContext;
  private readonly generators: string;

  constructor(ctx: StageContext, src: string, target: Target, generators: string) {
    this.ctx = ctx;
    this.generators = generators;
    this.src = src;
    this.root = join(ctx.out, 'root');
    this.staging = stagingOf(ctx);
    this.target = target;
    this.jobs = ctx.jobs;
  }

  async run(argv: Argv, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { target } = this;
    const path = [this.generators, dirname(target.cc), systemPath].join(':');
    // No pkg-config of the build machine: what it knows is for the build machine.
    const base = { PATH: path, PLAIT_WORK: this.ctx.work, PKG_CONFIG: '/bin/false' };
    await this.ctx.exec(argv, { cwd: this.src, env: { ...base, ...env } });
  }

  file(name: string): string {
    return join(recipes, name);
  }

  async configure(args: Argv, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { triplet, cflags, cppflags, ldflags } = this.target;
    const places = ['--prefix=/usr', '--sysconfdir=/etc', '--localstatedir=/var'];
    await this.run(['./configure', `--host=${triplet}`, '--quiet', places, args], {
      CFLAGS: cflags.join(' '),
      CPPFLAGS: cppflags.join(' '),
      LDFLAGS: ldflags.join(' '),
      ...env,
    });
  }

  async make(args: Argv): Promise<void> {
    await this.run(['make', `-j${this.jobs}`, args]);
  }

  async install(files: Readonly<Record<string, string>>, mode = '755'): Promise<void> {
    for (const [from, to] of Object.entries(files)) {
      await this.run(['install', '-D', `-m${mode}`, join(this.src, from), join(this.root, to)]);
    }
  }

  async link(links: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, to] of Object.entries(links)) {
      await this.run(['mkdir', '-p', dirname(join(this.root, path))]);
      await this.run(['ln', '-s', to, join(this.root, path)]);
    }
  }

  async stage(files: { include?: readonly string[]; lib?: readonly string[] }): Promise<void> {
    for (const name of files.include ?? [])
      await this.run(['cp', '-a', name, join(this.staging, 'usr/include/')]);
    for (const name of files.lib ?? []) await this.run(['cp', '-a', name, join(this.staging, 'usr/lib/')]);
  }

  async edit(file: string, from: string | RegExp, to: string): Promise<void> {
    const path = join(this.src, file);
    const before = await readFile(path, 'utf8');
    const after = before.replace(from, to);
    if (after === before)
      throw new BuildError(`${basename(this.src)}: ${file} does not hold ${from}, which the recipe replaces`);
    await writeFile(path, after);
  }
}

/** Strips every ELF file; symbol tables and comments are of no use on the board. */
async function stripRoot(ctx: StageContext, target: Target): Promise<void> {
  const found = await ctx.read(['find', join(ctx.out, 'root'), '-type', 'f', '-print0']);
  for (const path of found.split('\0').filter((one) => one !== '')) {
    const magic = (await readFile(path)).subarray(0, 4).toString('latin1');
    if (magic === '\x7fELF') await ctx.exec([target.strip, '-s', '-R', '.comment', '-R', '.note', path]);
  }
}

async function installLicences(ctx: StageContext, recipe: Recipe, src: string): Promise<void> {
  const to = join(ctx.out, 'licenses', recipe.name);
  await ctx.exec(['mkdir', '-p', to]);
  for (const file of recipe.license.files) await ctx.exec(['cp', join(src, file), join(to, basename(file))]);
}
