/* SPDX-License-Identifier: GPL-2.0-only */
/* Legs by which nothing comes in any more. */
#ifndef PLAIT_CORE_QUIET_H
#define PLAIT_CORE_QUIET_H

#include "plait_port.h"

/* For how long nothing came in by a leg by which nothing ever did. */
#define PLAIT_NEVER_HEARD ((u32)~0)

u32 plait_quiet(const u32 *silence, u32 slots);

#endif /* PLAIT_CORE_QUIET_H */
