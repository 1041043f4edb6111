/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_TEST_HEX_H
#define PLAIT_TEST_HEX_H

#include <stdio.h>
#include <string.h>

#include "plait_port.h"
#include "promise.h"

/* Reads bytes in hexadecimal; returns how many. */
static inline u32 unhex(u8 *bytes, u32 room, const char *text)
{
	u32 i, count = strlen(text) / 2;

	promise(strlen(text) % 2 == 0 && count <= room);
	for (i = 0; i < count; i++)
		promise(sscanf(text + 2 * i, "%2hhx", &bytes[i]) == 1);
	return count;
}

/* The same of exactly so many. */
static inline void unhex_exactly(u8 *bytes, u32 length, const char *text)
{
	promise(unhex(bytes, length, text) == length);
}

#endif /* PLAIT_TEST_HEX_H */
