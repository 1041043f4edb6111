// SPDX-License-Identifier: MIT
/*
 * What `ip` knows of the kind "plait": the words behind `type plait` and `type plait_slave`, and what `ip -d link show`
 * prints. See README.md for how it gets into `ip`.
 */
#include <stdio.h>
#include <string.h>

#include "utils.h"
#include "ip_common.h"

#include "../kmod/uapi/plait.h"

static void plait_print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	fprintf(f, "Usage: ... plait [ scheduler NAME ] [ buffer { on | off } ] [ mtulimit { BYTES | none } ]\n");
}

static void plait_slave_print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	fprintf(f, "Usage: ... plait_slave [ weight %u..%u ] [ priority 0..%u ] [ rate { RATE | auto } ] [ enabled { on | off } ]\n",
		PLAIT_WEIGHT_MIN, PLAIT_WEIGHT_MAX, PLAIT_PRIORITY_MAX);
}

static int plait_on_off(const char *what, const char *value)
{
	if (!strcmp(value, "on"))
		return 1;
	if (!strcmp(value, "off"))
		return 0;
	fprintf(stderr, "Error: %s is \"on\" or \"off\", not \"%s\".\n", what, value);
	return -1;
}

/* bit/s; as tc has it, a number without a unit is in bit/s. */
static int plait_rate(const char *value, __u64 *rate)
{
	static const struct {
		const char *name;
		__u64 factor;
	} units[] = {
		{ "", 1 },	     { "bit", 1 },	    { "kbit", 1000 },
		{ "mbit", 1000000 }, { "gbit", 1000000000 },
	};
	unsigned long long number;
	char *unit;
	size_t i;

	if (!strcmp(value, "auto")) {
		*rate = PLAIT_RATE_AUTO;
		return 0;
	}
	if (*value < '0' || *value > '9')
		return -1;
	number = strtoull(value, &unit, 10);
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(unit, units[i].name))
			continue;
		if (number > PLAIT_RATE_MAX / units[i].factor)
			return -1;
		*rate = number * units[i].factor;
		return *rate < PLAIT_RATE_MIN ? -1 : 0;
	}
	return -1;
}

static int plait_parse_opt(struct link_util *lu, int argc, char **argv, struct nlmsghdr *n)
{
	while (argc > 0) {
		if (!strcmp(*argv, "scheduler")) {
			NEXT_ARG();
			if (strlen(*argv) > PLAIT_SCHEDULER_LENGTH_MAX)
				invarg("the name of a scheduler has at most 15 characters", *argv);
			addattrstrz(n, 1024, IFLA_PLAIT_SCHEDULER, *argv);
		} else if (!strcmp(*argv, "buffer")) {
			int on;

			NEXT_ARG();
			on = plait_on_off("buffer", *argv);
			if (on < 0)
				return -1;
			addattr8(n, 1024, IFLA_PLAIT_BUFFER, on);
		} else if (!strcmp(*argv, "mtulimit")) {
			__u32 limit = 0;

			NEXT_ARG();
			if (strcmp(*argv, "none") && (get_u32(&limit, *argv, 10) || limit < 68 || limit > 65535))
				invarg("a limit of the MTU is \"none\", or 68 to 65535", *argv);
			addattr32(n, 1024, IFLA_PLAIT_MTU_LIMIT, limit);
		} else {
			if (strcmp(*argv, "help"))
				fprintf(stderr, "plait: unknown option \"%s\"?\n", *argv);
			plait_print_help(lu, argc, argv, stderr);
			return -1;
		}
		argc--;
		argv++;
	}
	return 0;
}

static int plait_slave_parse_opt(struct link_util *lu, int argc, char **argv, struct nlmsghdr *n)
{
	while (argc > 0) {
		if (!strcmp(*argv, "weight")) {
			__u32 weight;

			NEXT_ARG();
			if (get_u32(&weight, *argv, 10) || weight < PLAIT_WEIGHT_MIN || weight > PLAIT_WEIGHT_MAX)
				invarg("a weight is 1 to 1000", *argv);
			addattr32(n, 1024, IFLA_PLAIT_SLAVE_WEIGHT, weight);
		} else if (!strcmp(*argv, "priority")) {
			__u32 priority;

			NEXT_ARG();
			if (get_u32(&priority, *argv, 10) || priority > PLAIT_PRIORITY_MAX)
				invarg("a priority is 0 to 255", *argv);
			addattr32(n, 1024, IFLA_PLAIT_SLAVE_PRIORITY, priority);
		} else if (!strcmp(*argv, "rate")) {
			__u64 rate;

			NEXT_ARG();
			if (plait_rate(*argv, &rate))
				invarg("a rate is \"auto\", or 8kbit to 100gbit", *argv);
			addattr64(n, 1024, IFLA_PLAIT_SLAVE_RATE, rate);
		} else if (!strcmp(*argv, "enabled")) {
			int on;

			NEXT_ARG();
			on = plait_on_off("enabled", *argv);
			if (on < 0)
				return -1;
			addattr8(n, 1024, IFLA_PLAIT_SLAVE_ENABLED, on);
		} else {
			if (strcmp(*argv, "help"))
				fprintf(stderr, "plait_slave: unknown option \"%s\"?\n", *argv);
			plait_slave_print_help(lu, argc, argv, stderr);
			return -1;
		}
		argc--;
		argv++;
	}
	return 0;
}

static void plait_print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	if (!tb)
		return;
	if (tb[IFLA_PLAIT_SCHEDULER])
		print_string(PRINT_ANY, "scheduler", "scheduler %s ", rta_getattr_str(tb[IFLA_PLAIT_SCHEDULER]));
	if (tb[IFLA_PLAIT_BUFFER])
		print_on_off(PRINT_ANY, "buffer", "buffer %s ", rta_getattr_u8(tb[IFLA_PLAIT_BUFFER]));
	if (tb[IFLA_PLAIT_MTU_LIMIT] && rta_getattr_u32(tb[IFLA_PLAIT_MTU_LIMIT]))
		print_uint(PRINT_ANY, "mtulimit", "mtulimit %u ", rta_getattr_u32(tb[IFLA_PLAIT_MTU_LIMIT]));
}

static void plait_print_rate(__u64 rate)
{
	char text[32];

	if (is_json_context() && rate) {
		print_lluint(PRINT_JSON, "rate", NULL, rate);
		return;
	}
	if (!rate)
		snprintf(text, sizeof(text), "auto");
	else if (rate % 1000000 == 0)
		snprintf(text, sizeof(text), "%llumbit", (unsigned long long)rate / 1000000);
	else if (rate % 1000 == 0)
		snprintf(text, sizeof(text), "%llukbit", (unsigned long long)rate / 1000);
	else
		snprintf(text, sizeof(text), "%llubit", (unsigned long long)rate);
	print_string(PRINT_ANY, "rate", "rate %s ", text);
}

static void plait_slave_print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	static const char *const states[] = {
		[PLAIT_LEG_DISABLED] = "disabled", [PLAIT_LEG_DOWN] = "down", [PLAIT_LEG_LOOP] = "loop",
		[PLAIT_LEG_SUSPECT] = "suspect",   [PLAIT_LEG_LIVE] = "live",
	};

	if (!tb)
		return;
	if (tb[IFLA_PLAIT_SLAVE_WEIGHT])
		print_uint(PRINT_ANY, "weight", "weight %u ", rta_getattr_u32(tb[IFLA_PLAIT_SLAVE_WEIGHT]));
	if (tb[IFLA_PLAIT_SLAVE_PRIORITY])
		print_uint(PRINT_ANY, "priority", "priority %u ", rta_getattr_u32(tb[IFLA_PLAIT_SLAVE_PRIORITY]));
	if (tb[IFLA_PLAIT_SLAVE_RATE])
		plait_print_rate(rta_getattr_u64(tb[IFLA_PLAIT_SLAVE_RATE]));
	if (tb[IFLA_PLAIT_SLAVE_ENABLED])
		print_on_off(PRINT_ANY, "enabled", "enabled %s ", rta_getattr_u8(tb[IFLA_PLAIT_SLAVE_ENABLED]));
	if (tb[IFLA_PLAIT_SLAVE_STATE]) {
		__u8 state = rta_getattr_u8(tb[IFLA_PLAIT_SLAVE_STATE]);

		print_string(PRINT_ANY, "state", "state %s ",
			     state < ARRAY_SIZE(states) ? states[state] : "unknown");
	}
}

struct link_util plait_link_util = {
	.id = "plait",
	.maxattr = IFLA_PLAIT_MAX,
	.parse_opt = plait_parse_opt,
	.print_opt = plait_print_opt,
	.print_help = plait_print_help,
};

struct link_util plait_slave_link_util = {
	.id = "plait_slave",
	.maxattr = IFLA_PLAIT_SLAVE_MAX,
	.parse_opt = plait_slave_parse_opt,
	.print_opt = plait_slave_print_opt,
	.print_help = plait_slave_print_help,
};
