// SPDX-License-Identifier: MIT
export function linkedCommand(checkout: string): Promise<string | undefined>;
