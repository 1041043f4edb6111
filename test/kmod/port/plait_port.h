/* SPDX-License-Identifier: GPL-2.0-only */
/* What the portable core in src/kmod/core needs, in user space. */
#ifndef PLAIT_PORT_H
#define PLAIT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* What the core has been given, in all of the program: bytes that it holds, and how often it asked. */
__attribute__((weak)) size_t plait_held;
__attribute__((weak)) u32 plait_asked;

/* Set by tests to have no memory: called for each request. */
__attribute__((weak)) bool (*plait_alloc_fails)(void);

/* In front of what is given. */
#define PLAIT_ALLOC_HEAD 16

static inline void *plait_alloc(u32 bytes)
{
	size_t *memory;

	plait_asked++;
	if (plait_alloc_fails && plait_alloc_fails())
		return NULL;
	memory = calloc(1, PLAIT_ALLOC_HEAD + bytes);
	if (!memory)
		abort();
	*memory = bytes;
	plait_held += bytes;
	return (char *)memory + PLAIT_ALLOC_HEAD;
}

static inline void plait_free(void *memory)
{
	if (!memory)
		return;
	memory = (char *)memory - PLAIT_ALLOC_HEAD;
	plait_held -= *(size_t *)memory;
	free(memory);
}

#endif /* PLAIT_PORT_H */
