// SPDX-License-Identifier: MIT
import { Enums, Models, Serialize, Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { bomReference, serialNumber } from './sbom.ts';

/** Why a part does not have a vulnerability, in the words of CycloneDX. */
export type Justification = `${Enums.Vulnerability.AnalysisJustification}`;

/** What is said of one vulnerability of one component. */
export interface Statement {
  readonly id: string;
  readonly component: { readonly name: string; readonly version: string };
  readonly state: 'resolved' | 'not_affected' | 'exploitable' | 'in_triage';
  readonly justification?: Justification;
  readonly detail: string;
}

export interface VexFacts {
  readonly board: { readonly name: string };
  readonly version: string;
  /** That of the image: the statements are about the components of its SBOM. */
  readonly imageSha256: string;
  /** In seconds. */
  readonly epoch: number;
  readonly statements: readonly Statement[];
}

/**
 * Which vulnerabilities the components of an image have and have not (VEX), as CycloneDX 1.6 JSON that refers to the
 * image's SBOM, checked against the official schema. Throws when it does not fit.
 */
export async function vex(facts: VexFacts): Promise<string> {
  const spec = Spec.Spec1dot6;
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec));
  const text = serializer.serialize(document(facts), { sortLists: true, space: 2 });
  const problems = await new Validation.JsonStrictValidator(spec.version).validate(text);
  if (problems !== null)
    throw new Error(`the VEX does not fit the CycloneDX schema: ${JSON.stringify(problems)}`);
  return `${text}\n`;
}

function document({ board, version, imageSha256, epoch, statements }: VexFacts): Models.Bom {
  const sbom = serialNumber('sbom', imageSha256).replace('urn:uuid:', 'urn:cdx:');
  const name = `plait-${board.name}`;
  // Without a reference the library makes up a random one.
  const image = new Models.Component(Enums.ComponentType.Firmware, name, { version, bomRef: name });
  return new Models.Bom({
    serialNumber: serialNumber('vex', imageSha256),
    metadata: new Models.Metadata({ timestamp: new Date(epoch * 1000), component: image }),
    vulnerabilities: new Models.Vulnerability.VulnerabilityRepository(
      statements.map((statement) => vulnerability(statement, `${sbom}/1`)),
    ),
  });
}

function vulnerability(
  { id, component, state, justification, detail }: Statement,
  sbom: string,
): Models.Vulnerability.Vulnerability {
  const states = Enums.Vulnerability.AnalysisState;
  const names = {
    resolved: states.Resolved,
    not_affected: states.NotAffected,
    exploitable: states.Exploitable,
    in_triage: states.InTriage,
  };
  const link = new Models.BomLinkElement(`${sbom}#${encodeURIComponent(bomReference(component))}`);
  return new Models.Vulnerability.Vulnerability({
    bomRef: `${id} ${component.name}`,
    id,
    source: new Models.Vulnerability.Source({
      name: "Debian's security tracker",
      url: `https://security-tracker.debian.org/tracker/${id}`,
    }),
    affects: new Models.Vulnerability.AffectRepository([new Models.Vulnerability.Affect(link)]),
    analysis: new Models.Vulnerability.Analysis({
      state: names[state],
      ...(justification === undefined
        ? {}
        : { justification: justification as Enums.Vulnerability.AnalysisJustification }),
      detail,
    }),
  });
}
