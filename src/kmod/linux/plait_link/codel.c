// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the queue of a plait device waits before it drops: as long as its legs are.
 *
 * fq_codel drops when packets have waited longer than its target for a whole interval, and again sooner and
 * sooner until they do not. The interval is to be as long as a sender needs to answer (RFC 8289, 4.1): one round
 * trip until it hears of a drop, and another until what it sends less has emptied the queue. The default of
 * 100 ms is for round trips up to that. Behind longer legs it drops on while the answer to the first drop is still
 * under way, and a connection halves its rate two or three times. So the interval follows the delay
 * that the scheduler sees, and the target, as in the default, is a twentieth of it.
 *
 * Only the default discipline is changed: who has set one up himself has his reasons.
 */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/pkt_sched.h>
#include <net/sch_generic.h>

#include "plait_link.h"

/* The interval in round trips of the longest leg, and its bounds; the lower one is fq_codel's default. In us. */
#define PLAIT_CODEL_ROUND_TRIPS 3
#define PLAIT_CODEL_INTERVAL_MIN (100 * USEC_PER_MSEC)
#define PLAIT_CODEL_INTERVAL_MAX (1000 * USEC_PER_MSEC)
#define PLAIT_CODEL_TARGET_PART 20

/* Delays are looked at that often while acknowledgements come in; smaller changes do not count. */
#define PLAIT_CODEL_PERIOD (HZ / 4)
#define PLAIT_CODEL_CHANGE_PART 8

/* What `tc qdisc change` would send. */
struct plait_codel_options {
	struct nlattr options;
	struct nlattr target_attr;
	u32 target;
	struct nlattr interval_attr;
	u32 interval;
};

/* In us. */
static u32 plait_codel_interval(struct plait_link *link)
{
	s64 longest = 0;
	u32 slot;

	spin_lock_bh(&link->lock);
	for (slot = 0; slot < PLAIT_LEGS_MAX && plait_link_control(link); slot++) {
		const struct plait_leg *leg = link->slots[slot];
		struct plait_leg_report report;

		if (!leg || !plait_leg_runs(leg))
			continue;
		plait_link_control(link)->report(link->state, slot, &report);
		if (!report.suspect && report.delay > longest)
			longest = report.delay;
	}
	spin_unlock_bh(&link->lock);
	longest = div_s64(longest * PLAIT_CODEL_ROUND_TRIPS, NSEC_PER_USEC);
	return clamp_t(s64, longest, PLAIT_CODEL_INTERVAL_MIN, PLAIT_CODEL_INTERVAL_MAX);
}

static struct Qdisc *plait_codel_qdisc(const struct net_device *dev)
{
	return rtnl_dereference(netdev_get_tx_queue(dev, PLAIT_TX_DATA)->qdisc_sleeping);
}

static void plait_codel_set(struct net_device *dev, struct Qdisc *qdisc, u32 interval)
{
	struct plait_codel_options tc = {
		.options = { .nla_len = sizeof(tc), .nla_type = TCA_OPTIONS },
		.target_attr = { nla_attr_size(sizeof(u32)), TCA_FQ_CODEL_TARGET },
		.target = interval / PLAIT_CODEL_TARGET_PART,
		.interval_attr = { nla_attr_size(sizeof(u32)), TCA_FQ_CODEL_INTERVAL },
		.interval = interval,
	};

	/* The default one has no handle. */
	if (qdisc->handle || strcmp(qdisc->ops->id, "fq_codel"))
		return;
	if (qdisc->ops->change(qdisc, &tc.options, NULL))
		netdev_warn_once(dev, "%s does not take interval and target\n", qdisc->ops->id);
}

static void plait_codel_work(struct work_struct *work)
{
	struct plait_device *plait = container_of(work, struct plait_device, codel.work);
	struct plait_codel *codel = &plait->codel;
	struct Qdisc *qdisc;
	u32 interval;

	/* Who holds it may wait for us, and there is a next time. */
	if (!rtnl_trylock())
		return;
	interval = plait_codel_interval(&plait->link);
	qdisc = plait_codel_qdisc(plait->link.dev);
	/* Another discipline has taken the place of the one that was set. */
	if (qdisc != codel->qdisc)
		codel->interval = PLAIT_CODEL_INTERVAL_MIN;
	codel->qdisc = qdisc;
	if (abs((s32)(interval - codel->interval)) > codel->interval / PLAIT_CODEL_CHANGE_PART) {
		plait_codel_set(plait->link.dev, qdisc, interval);
		codel->interval = interval;
	}
	rtnl_unlock();
}

/**
 * plait_codel_follow() - look at the delays of the legs, if that is some time ago
 * @plait: the device; the lock of its link is held
 */
void plait_codel_follow(struct plait_device *plait)
{
	/* A time that is further away than the period was before a pause so long that jiffies wrapped. */
	if (time_in_range(plait->codel.next, jiffies + 1, jiffies + PLAIT_CODEL_PERIOD))
		return;
	plait->codel.next = jiffies + PLAIT_CODEL_PERIOD;
	schedule_work(&plait->codel.work);
}

/**
 * plait_codel_init() - nothing is known of the delays
 * @codel: zeroed memory
 */
void plait_codel_init(struct plait_codel *codel)
{
	INIT_WORK(&codel->work, plait_codel_work);
	codel->next = jiffies;
	codel->interval = PLAIT_CODEL_INTERVAL_MIN;
}

/**
 * plait_codel_stop() - no work is under way, nor will be until plait_codel_follow() is called again
 * @plait: a device that is told of no acknowledgements any more
 */
void plait_codel_stop(struct plait_device *plait)
{
	struct plait_codel *codel = &plait->codel;

	ASSERT_RTNL();
	cancel_work_sync(&codel->work);
	/* Nobody follows the delays now: as the default is. */
	if (codel->interval != PLAIT_CODEL_INTERVAL_MIN &&
	    codel->qdisc == plait_codel_qdisc(plait->link.dev))
		plait_codel_set(plait->link.dev, plait_codel_qdisc(plait->link.dev),
				PLAIT_CODEL_INTERVAL_MIN);
	codel->interval = PLAIT_CODEL_INTERVAL_MIN;
	codel->qdisc = NULL;
}
