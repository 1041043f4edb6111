// SPDX-License-Identifier: GPL-2.0-only
/* Legs: joining and leaving a link, weight, liveness, counters. */
#include <linux/export.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/stringify.h>

#include "core.h"
#include "rules.h"

/**
 * plait_leg_init() - make a leg that has not joined its link yet
 * @leg: zeroed memory
 * @link: the link that it will join
 * @ops: how it is reached
 *
 * Return: 0 or -ENOMEM.
 */
int plait_leg_init(struct plait_leg *leg, struct plait_link *link, const struct plait_leg_ops *ops)
{
	leg->stats = __netdev_alloc_pcpu_stats(struct plait_leg_stats, GFP_KERNEL_ACCOUNT);
	if (!leg->stats)
		return -ENOMEM;
	leg->link = link;
	leg->ops = ops;
	leg->weight = PLAIT_WEIGHT_DEFAULT;
	leg->enabled = true;
	INIT_LIST_HEAD(&leg->list);
	return 0;
}
EXPORT_SYMBOL_GPL(plait_leg_init);

/**
 * plait_leg_uninit() - undo plait_leg_init()
 * @leg: has left its link, or never joined, and an RCU grace period has passed since
 */
void plait_leg_uninit(struct plait_leg *leg)
{
	free_percpu(leg->stats);
}
EXPORT_SYMBOL_GPL(plait_leg_uninit);

/**
 * plait_leg_tell() - tell a scheduler all that it is to know of a leg
 * @leg: a leg that has joined
 * @scheduler: the scheduler
 * @state: its state for the leg's link, which nobody else uses meanwhile
 *
 * Return: false when the scheduler has no memory for a leg that it did not know.
 */
bool plait_leg_tell(const struct plait_leg *leg, const struct plait_scheduler *scheduler,
		    void *state)
{
	const struct plait_leg_line line = {
		.weight = leg->weight,
		.priority = leg->priority,
		.live = plait_leg_may_carry(leg),
		.reports = leg->ops->reports,
	};

	if (!scheduler->set(state, leg->slot, &line))
		return false;
	if (scheduler->control)
		scheduler->control->set_rate(state, leg->slot, leg->rate >> 3);
	return true;
}

static bool plait_leg_schedule(struct plait_leg *leg)
{
	struct plait_link *link = leg->link;

	lockdep_assert_held(&link->lock);
	return plait_leg_tell(leg, link->scheduler, link->state);
}

/* After a change, without the lock: packets may wait for a leg that is gone, or may leave now. */
static void plait_legs_run(struct plait_link *link)
{
	if (plait_link_control(link))
		link->ops->run(link);
}

static void plait_leg_notify(const struct plait_leg *leg)
{
	if (leg->ops->changed)
		leg->ops->changed(leg);
}

/* Tells everyone but the scheduler, who must know before the next packet. */
static void plait_leg_announce(struct plait_leg *leg)
{
	bool live = plait_leg_may_carry(leg);

	if (leg->live == live)
		return;
	leg->live = live;
	plait_link_update_carrier(leg->link);
	plait_event(leg, live ? PLAIT_EVENT_LEG_LIVE : PLAIT_EVENT_LEG_DEAD);
	plait_leg_notify(leg);
}

/**
 * plait_leg_join() - make a leg part of its link; it is not running until said to
 * @leg: the leg
 * @extack: says what is wrong
 *
 * Return: 0, -ENOSPC when the link has PLAIT_LEGS_MAX legs, -ENOMEM.
 */
int plait_leg_join(struct plait_leg *leg, struct netlink_ext_ack *extack)
{
	struct plait_link *link = leg->link;
	bool known;
	u32 slot = 0;

	ASSERT_RTNL();
	while (slot < PLAIT_LEGS_MAX && link->slots[slot])
		slot++;
	if (slot == PLAIT_LEGS_MAX) {
		NL_SET_ERR_MSG(extack,
			       "A plait device has at most " __stringify(PLAIT_LEGS_MAX) " legs");
		return -ENOSPC;
	}

	leg->slot = slot;
	spin_lock_bh(&link->lock);
	known = plait_leg_schedule(leg);
	if (known)
		link->slots[slot] = leg;
	spin_unlock_bh(&link->lock);
	if (!known)
		return -ENOMEM;
	plait_legs_run(link);

	list_add_tail(&leg->list, &link->legs);
	plait_link_resolve_rules(link);
	plait_event(leg, PLAIT_EVENT_LEG_JOINED);
	return 0;
}
EXPORT_SYMBOL_GPL(plait_leg_join);

/**
 * plait_leg_leave() - take a leg out of its link
 * @leg: the leg; packets that chose it before may still be on their way to it until an RCU grace
 *	period has passed
 */
void plait_leg_leave(struct plait_leg *leg)
{
	struct plait_link *link = leg->link;

	ASSERT_RTNL();
	spin_lock_bh(&link->lock);
	link->scheduler->set(link->state, leg->slot, NULL);
	link->slots[leg->slot] = NULL;
	spin_unlock_bh(&link->lock);
	plait_legs_run(link);

	list_del_init(&leg->list);
	plait_link_resolve_rules(link);
	leg->live = false;
	plait_link_update_carrier(link);
	plait_event(leg, PLAIT_EVENT_LEG_LEFT);
}
EXPORT_SYMBOL_GPL(plait_leg_leave);

/* Tells the scheduler, before the next packet, and then everyone. */
static void plait_leg_update(struct plait_leg *leg, bool *which, bool value)
{
	ASSERT_RTNL();
	spin_lock_bh(&leg->link->lock);
	*which = value;
	plait_leg_schedule(leg);
	spin_unlock_bh(&leg->link->lock);
	plait_legs_run(leg->link);
	plait_leg_announce(leg);
}

/**
 * plait_leg_set_running() - say whether a leg can carry packets
 * @leg: a leg that has joined
 * @running: as &plait_leg_ops.running, if nothing else is known
 */
void plait_leg_set_running(struct plait_leg *leg, bool running)
{
	plait_leg_update(leg, &leg->running, running);
}
EXPORT_SYMBOL_GPL(plait_leg_set_running);

/**
 * plait_leg_set_loop() - say whether what a leg sends comes back
 * @leg: a leg that has joined
 * @loops: see &plait_leg.loops
 */
void plait_leg_set_loop(struct plait_leg *leg, bool loops)
{
	plait_leg_update(leg, &leg->loops, loops);
}
EXPORT_SYMBOL_GPL(plait_leg_set_loop);

/**
 * plait_leg_keep() - begin a change of a leg that changes nothing
 * @change: filled in
 * @leg: the leg
 */
void plait_leg_keep(struct plait_leg_change *change, struct plait_leg *leg)
{
	change->leg = leg;
	change->weight = leg->weight;
	change->priority = leg->priority;
	change->rate = leg->rate;
	change->enabled = leg->enabled;
}
EXPORT_SYMBOL_GPL(plait_leg_keep);

/**
 * plait_leg_check_rate() - can a leg be given a rate?
 * @rate: at most PLAIT_RATE_MAX
 * @attr: the attribute that says so
 * @extack: says what is wrong
 *
 * Return: 0 or -ERANGE.
 */
int plait_leg_check_rate(u64 rate, const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (rate == PLAIT_RATE_AUTO || rate >= PLAIT_RATE_MIN)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "A rate is 0 (to be found out) or at least "
					  __stringify(PLAIT_RATE_MIN) " bit/s");
	return -ERANGE;
}
EXPORT_SYMBOL_GPL(plait_leg_check_rate);

/**
 * plait_leg_state() - whether a leg carries packets, and why not
 * @leg: a leg that has joined
 *
 * Return: see &enum plait_leg_state.
 */
enum plait_leg_state plait_leg_state(const struct plait_leg *leg)
{
	struct plait_leg_report report;

	if (!leg->enabled)
		return PLAIT_LEG_DISABLED;
	if (leg->loops)
		return PLAIT_LEG_LOOP;
	if (!leg->running)
		return PLAIT_LEG_DOWN;
	return plait_leg_report(leg, &report) && report.suspect ? PLAIT_LEG_SUSPECT : PLAIT_LEG_LIVE;
}
EXPORT_SYMBOL_GPL(plait_leg_state);

/**
 * plait_legs_change() - set several legs at once: no packet sees some of it
 * @link: the link of all of them
 * @changes: what to set
 * @count: how many
 */
void plait_legs_change(struct plait_link *link, const struct plait_leg_change *changes, u32 count)
{
	u32 i;

	ASSERT_RTNL();
	spin_lock_bh(&link->lock);
	for (i = 0; i < count; i++) {
		changes[i].leg->weight = changes[i].weight;
		changes[i].leg->priority = changes[i].priority;
		changes[i].leg->rate = changes[i].rate;
		changes[i].leg->enabled = changes[i].enabled;
		plait_leg_schedule(changes[i].leg);
	}
	spin_unlock_bh(&link->lock);
	plait_legs_run(link);

	for (i = 0; i < count; i++) {
		plait_leg_announce(changes[i].leg);
		plait_leg_notify(changes[i].leg);
	}
}
EXPORT_SYMBOL_GPL(plait_legs_change);

/**
 * plait_leg_report() - what the scheduler knows of a leg
 * @leg: a leg that has joined
 * @report: filled in
 *
 * Return: false when its scheduler does not ask; @report is then not filled in.
 */
bool plait_leg_report(const struct plait_leg *leg, struct plait_leg_report *report)
{
	struct plait_link *link = leg->link;
	const struct plait_flow_control *control;

	ASSERT_RTNL();
	control = plait_link_control(link);
	if (!control)
		return false;
	spin_lock_bh(&link->lock);
	control->report(link->state, leg->slot, report);
	spin_unlock_bh(&link->lock);
	return true;
}
EXPORT_SYMBOL_GPL(plait_leg_report);

/**
 * plait_leg_totals() - add up the counters of a leg
 * @leg: the leg
 * @totals: filled in
 */
void plait_leg_totals(const struct plait_leg *leg, struct plait_leg_totals *totals)
{
	int cpu;

	memset(totals, 0, sizeof(*totals));
	for_each_possible_cpu(cpu) {
		const struct plait_leg_stats *stats = per_cpu_ptr(leg->stats, cpu);
		struct plait_leg_totals part;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			part.rx_packets = u64_stats_read(&stats->rx_packets);
			part.rx_bytes = u64_stats_read(&stats->rx_bytes);
			part.tx_packets = u64_stats_read(&stats->tx_packets);
			part.tx_bytes = u64_stats_read(&stats->tx_bytes);
			part.tx_dropped = u64_stats_read(&stats->tx_dropped);
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		totals->rx_packets += part.rx_packets;
		totals->rx_bytes += part.rx_bytes;
		totals->tx_packets += part.tx_packets;
		totals->tx_bytes += part.tx_bytes;
		totals->tx_dropped += part.tx_dropped;
	}
}
EXPORT_SYMBOL_GPL(plait_leg_totals);
