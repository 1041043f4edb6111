/* SPDX-License-Identifier: GPL-2.0-only */
/* What the portable core in ../core needs of the kernel. */
#ifndef PLAIT_PORT_H
#define PLAIT_PORT_H

#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/* A plain 64-bit division would need a libgcc function that 32-bit kernels do not have. */
static inline s64 plait_div_s64(s64 dividend, s64 divisor)
{
	return div64_s64(dividend, divisor);
}

/* Zeroed memory, also with bottom halves off; NULL when there is none, which is not worth a message. */
static inline void *plait_alloc(u32 bytes)
{
	return kzalloc(bytes, GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
}

static inline void plait_free(void *memory)
{
	kfree(memory);
}

#endif /* PLAIT_PORT_H */
