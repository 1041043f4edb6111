// SPDX-License-Identifier: MIT
/** How the checks tell what they find. */

export type Path = readonly (string | number)[];
export type Report = (path: Path, value: unknown, message: string, remedy: string) => void;
