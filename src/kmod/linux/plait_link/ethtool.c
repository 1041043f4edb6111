// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool -i and -S: the counters of each leg, and what its scheduler knows of it. Callers hold
 * RTNL, so legs stay as they are.
 */
#include <linux/ethtool.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/string.h>

#include "plait_link.h"

/* Of the device, before those of its legs. */
static const char *const plait_device_names[] = {
	"tx_squeezed",
};

#define PLAIT_DEVICE_COUNTERS ARRAY_SIZE(plait_device_names)

/* In the order of &struct plait_leg_totals. */
static const char *const plait_counter_names[] = {
	"rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "tx_dropped",
};

#define PLAIT_COUNTERS ARRAY_SIZE(plait_counter_names)

/* In bit/s, us, bytes, 0 or 1, 0 or 1, packets; all zero with a scheduler that does not ask. */
static const char *const plait_report_names[] = {
	"estimated_rate", "delay", "in_flight", "suspect", "lossy", "repaired",
};

#define PLAIT_REPORTS ARRAY_SIZE(plait_report_names)

static u64 *plait_put_report(const struct plait_leg *leg, u64 *data)
{
	struct plait_leg_report report = { 0 };

	plait_leg_report(leg, &report);
	*data++ = report.rate * 8;
	*data++ = div_s64(max_t(s64, report.delay, 0), NSEC_PER_USEC);
	*data++ = report.in_flight;
	*data++ = report.suspect;
	*data++ = report.lossy;
	*data++ = report.repaired;
	return data;
}

static void plait_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "plait", sizeof(info->driver));
}

static int plait_get_sset_count(struct net_device *dev, int set)
{
	const struct plait_leg *leg;
	int count = PLAIT_DEVICE_COUNTERS;

	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	list_for_each_entry(leg, &plait_device(dev)->link.legs, list)
		count += PLAIT_COUNTERS + PLAIT_REPORTS;
	return count;
}

static void plait_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	const struct plait_leg *leg;
	size_t i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < PLAIT_DEVICE_COUNTERS; i++)
		ethtool_sprintf(&data, "%s", plait_device_names[i]);
	list_for_each_entry(leg, &plait_device(dev)->link.legs, list) {
		for (i = 0; i < PLAIT_COUNTERS; i++)
			ethtool_sprintf(&data, "%s_%s", leg->ops->name(leg), plait_counter_names[i]);
		for (i = 0; i < PLAIT_REPORTS; i++)
			ethtool_sprintf(&data, "%s_%s", leg->ops->name(leg), plait_report_names[i]);
	}
}

static void plait_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	const struct plait_leg *leg;

	*data++ = plait_queue_squeezed(plait_device(dev));
	list_for_each_entry(leg, &plait_device(dev)->link.legs, list) {
		struct plait_leg_totals totals;

		BUILD_BUG_ON(sizeof(totals) != PLAIT_COUNTERS * sizeof(*data));
		plait_leg_totals(leg, &totals);
		memcpy(data, &totals, sizeof(totals));
		data = plait_put_report(leg, data + PLAIT_COUNTERS);
	}
}

/* In bit/s: what the operator says, or else what the scheduler has found out; 0 when neither. */
static u64 plait_leg_rate(const struct plait_leg *leg)
{
	struct plait_leg_report report = { 0 };

	if (leg->rate)
		return leg->rate;
	plait_leg_report(leg, &report);
	return report.rate * 8;
}

/* The speed of all legs that carry packets; unknown when that of one is. */
static int plait_get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	const struct plait_leg *leg;
	u64 sum = 0, rate;

	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;
	settings->base.speed = SPEED_UNKNOWN;
	list_for_each_entry(leg, &plait_device(dev)->link.legs, list) {
		if (!leg->live)
			continue;
		rate = plait_leg_rate(leg);
		if (!rate)
			return 0;
		sum += rate;
	}
	if (sum)
		settings->base.speed = clamp_t(u64, div_u64(sum, 1000000), 1, INT_MAX);
	return 0;
}

const struct ethtool_ops plait_ethtool_ops = {
	.get_drvinfo = plait_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = plait_get_link_ksettings,
	.get_sset_count = plait_get_sset_count,
	.get_strings = plait_get_strings,
	.get_ethtool_stats = plait_get_ethtool_stats,
};
