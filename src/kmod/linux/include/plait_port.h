/* SPDX-License-Identifier: GPL-2.0-only */
/* What the portable core in ../core needs of the kernel. */
#ifndef PLAIT_PORT_H
#define PLAIT_PORT_H

#include <linux/math64.h>
#include <linux/types.h>

/* A plain 64-bit division would need a libgcc function that 32-bit kernels do not have. */
static inline s64 plait_div_s64(s64 dividend, s64 divisor)
{
	return div64_s64(dividend, divisor);
}

#endif /* PLAIT_PORT_H */
