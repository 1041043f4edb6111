// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { Enums, Models, Serialize, Spec, Validation } from '@cyclonedx/cyclonedx-library';
import type { Board } from '../board.ts';
import type { BomEntry } from '../engine/engine.ts';

export interface SbomFacts {
  readonly board: Pick<Board, 'name' | 'title'>;
  readonly version: string;
  /** Identifies the image: the same image gets the same serial number. */
  readonly imageSha256: string;
  /** In seconds. */
  readonly epoch: number;
  readonly bom: readonly BomEntry[];
}

/** The bill of materials as CycloneDX 1.6 JSON, checked against the official schema. Throws when it does not fit. */
export async function sbom(facts: SbomFacts): Promise<string> {
  const spec = Spec.Spec1dot6;
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec));
  const text = serializer.serialize(document(facts), { sortLists: true, space: 2 });
  const problems = await new Validation.JsonStrictValidator(spec.version).validate(text);
  if (problems !== null)
    throw new Error(`sbom.cdx.json does not fit the CycloneDX schema: ${JSON.stringify(problems)}`);
  return `${text}\n`;
}

function document({ board, version, imageSha256, epoch, bom }: SbomFacts): Models.Bom {
  const image = new Models.Component(Enums.ComponentType.Firmware, `plait-${board.name}`, {
    bomRef: `plait-${board.name}`,
    version,
    description: `Plait firmware for ${board.title}`,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], imageSha256]]),
  });
  const components = bom.map(component);
  for (const { bomRef } of components) image.dependencies.add(bomRef);
  return new Models.Bom({
    serialNumber: serialNumber('sbom', imageSha256),
    metadata: new Models.Metadata({ timestamp: new Date(epoch * 1000), component: image }),
    components: new Models.ComponentRepository(components),
  });
}

function component(entry: BomEntry): Models.Component {
  const { name, version, license, origin, cpe, sources, skippedPatches = {} } = entry;
  return new Models.Component(kind(name), name, {
    bomRef: bomReference(entry),
    version,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
    ...(origin ? { purl: purl(entry, origin) } : {}),
    ...(cpe === undefined ? {} : { cpe }),
    properties: new Models.PropertyRepository([
      ...sources.map(
        (source) => new Models.Property('plait:source', `${source.name} sha256:${source.sha256}`),
      ),
      ...Object.entries(skippedPatches).map(
        ([patch, reason]) => new Models.Property('plait:skipped-patch', `${patch}: ${reason}`),
      ),
    ]),
  });
}

/** What identifies a component within an SBOM. */
export function bomReference({ name, version }: Pick<BomEntry, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

function kind(name: string): Enums.ComponentType {
  if (name === 'linux') return Enums.ComponentType.OperatingSystem;
  return name === 'musl' ? Enums.ComponentType.Library : Enums.ComponentType.Application;
}

/** Debian's version only for what has all of Debian's patches: a scanner takes it for what they fix. */
function purl(entry: BomEntry, { archive, package: name, version }: NonNullable<BomEntry['origin']>): string {
  const [, suite] = /^debian (.+)$/.exec(archive) ?? [];
  if (suite === undefined) return `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  const whole = Object.keys(entry.skippedPatches ?? {}).length === 0;
  const distro = suite.replace(/-(updates|security)$/, '');
  return `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(whole ? version : entry.version)}?arch=source&distro=${distro}`;
}

/** A UUID made of the image's hash instead of chance. */
export function serialNumber(document: 'sbom' | 'vex', imageSha256: string): string {
  const hex = createHash('sha256').update(`${document} of ${imageSha256}`).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
