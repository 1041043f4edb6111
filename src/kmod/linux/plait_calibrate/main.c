// SPDX-License-Identifier: GPL-2.0-only
/*
 * plait_calibrate: measures this machine once, while it is loaded, by the parameter `run`; the figures are then in its
 * parameter `result`. It leaves nothing behind but those, and is meant to be unloaded at once:
 * `plaitctl factory calibrate-*` does both.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>

#include "calibrate.h"

module_param_cb(result, &plait_report_ops, NULL, 0400);
MODULE_PARM_DESC(result, "what was measured");

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
