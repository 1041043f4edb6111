/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that wrap around: TCP sequence numbers and time stamps (RFC 9293, RFC 7323). */
#ifndef PLAIT_CORE_SEQUENCE_H
#define PLAIT_CORE_SEQUENCE_H

#include "plait_port.h"

/**
 * plait_after() - does a number come later than another?
 * @a: a number
 * @b: one that is less than 2^31 away from it
 *
 * Return: true when @a is later, false when it is the same or earlier.
 */
static inline bool plait_after(u32 a, u32 b)
{
	return (s32)(b - a) < 0;
}

/**
 * plait_before() - does a number come earlier than another?
 * @a: a number
 * @b: one that is less than 2^31 away from it
 *
 * Return: true when @a is earlier, false when it is the same or later.
 */
static inline bool plait_before(u32 a, u32 b)
{
	return plait_after(b, a);
}

#endif /* PLAIT_CORE_SEQUENCE_H */
