// SPDX-License-Identifier: GPL-2.0-only
/* What was measured: written by the measurements, read as a parameter of the module. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/string.h>

#include "calibrate.h"

/* A line for each figure. */
static char figures[PAGE_SIZE];
static size_t figures_length;

static int plait_report_set(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static int plait_report_get(char *buffer, const struct kernel_param *param)
{
	memcpy(buffer, figures, figures_length);
	return figures_length;
}

const struct kernel_param_ops plait_report_ops = {
	.set = plait_report_set,
	.get = plait_report_get,
};

void plait_report(const char *name, const char *unit, u64 value, unsigned int digits)
{
	static const u32 powers[] = { 1, 10, 100, 1000 };
	char *end = figures + figures_length;
	size_t room = sizeof(figures) - figures_length;
	u32 fraction;
	u64 whole = div_u64_rem(value, powers[digits], &fraction);

	if (digits)
		figures_length += scnprintf(end, room, "%s_%s %llu.%0*u\n", name, unit, whole, digits, fraction);
	else
		figures_length += scnprintf(end, room, "%s_%s %llu\n", name, unit, whole);
}
