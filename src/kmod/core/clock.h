/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: signed 64-bit nanoseconds of a clock that does not go backwards. */
#ifndef PLAIT_CORE_CLOCK_H
#define PLAIT_CORE_CLOCK_H

#include "plait_port.h"

#define PLAIT_MS ((s64)1000000)
#define PLAIT_S (1000 * PLAIT_MS)

/* Never, as a point in time. */
#define PLAIT_NEVER ((s64)((~0ULL) >> 1))

#endif /* PLAIT_CORE_CLOCK_H */
