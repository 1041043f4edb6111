// SPDX-License-Identifier: GPL-2.0-only
/*
 * plait_calibrate: measures this machine once, while it is loaded, by the parameter `run`; the figures are then in its
 * parameter `result`. It leaves nothing behind but those, and is meant to be unloaded at once:
 * `plaitctl factory calibrate-*` does both.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/string.h>

#include "calibrate.h"

static char *run;
module_param(run, charp, 0);
MODULE_PARM_DESC(run, "cipher, x25519, clock or packets");

static uint bytes = 1400;
module_param(bytes, uint, 0);
MODULE_PARM_DESC(bytes, "length of a message, or of an IPv4 packet");

static char *in;
module_param(in, charp, 0);
MODULE_PARM_DESC(in, "packets: the device that they come in by");

static char *out;
module_param(out, charp, 0);
MODULE_PARM_DESC(out, "packets: the device that all of them must leave by");

/* A line for each figure. */
static char figures[PAGE_SIZE];
static size_t figures_length;

static int result_set(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static int result_get(char *buffer, const struct kernel_param *param)
{
	memcpy(buffer, figures, figures_length);
	return figures_length;
}

static const struct kernel_param_ops result_ops = {
	.set = result_set,
	.get = result_get,
};

module_param_cb(result, &result_ops, NULL, 0400);
MODULE_PARM_DESC(result, "what was measured");

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

static int __init plait_calibrate_init(void)
{
	if (run && !strcmp(run, "cipher"))
		return plait_calibrate_cipher(bytes);
	if (run && !strcmp(run, "x25519"))
		return plait_calibrate_x25519();
	if (run && !strcmp(run, "clock"))
		return plait_calibrate_clock();
	if (run && !strcmp(run, "packets"))
		return plait_calibrate_packets(in, out, bytes);
	pr_err("plait_calibrate: run must be cipher, x25519, clock or packets\n");
	return -EINVAL;
}

static void __exit plait_calibrate_exit(void)
{
}

module_init(plait_calibrate_init);
module_exit(plait_calibrate_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: measures what a machine takes for ciphers, packets and timers");
