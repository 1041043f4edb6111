/* SPDX-License-Identifier: GPL-2.0-only */
/* What the portable core in src/kmod/core needs, in user space. */
#ifndef PLAIT_PORT_H
#define PLAIT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* Packets in flight that were looked at, in all of the program. */
__attribute__((weak)) u32 plait_visits;
#define PLAIT_COUNT_VISIT() (plait_visits++)

static inline s64 plait_div_s64(s64 dividend, s64 divisor)
{
	return dividend / divisor;
}

#endif /* PLAIT_PORT_H */
