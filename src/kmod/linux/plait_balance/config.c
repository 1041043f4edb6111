// SPDX-License-Identifier: GPL-2.0-only
/* Configurations: looking up uplinks in one, and putting one in the place of another. */
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "net.h"

/**
 * plait_balance_by_mark() - an uplink by its mark
 * @config: where to look
 * @mark: the bits of the mask; 0 is no uplink's
 *
 * Return: the uplink or NULL.
 */
const struct plait_balance_uplink *plait_balance_by_mark(const struct plait_balance_config *config, u32 mark)
{
	u32 i;

	for (i = 0; i < config->uplink_count; i++)
		if (config->uplinks[i].mark == mark)
			return &config->uplinks[i];
	return NULL;
}

/**
 * plait_balance_by_slot() - an uplink by its slot
 * @config: where to look
 * @slot: the slot; a negative one is no uplink's
 *
 * Return: the uplink or NULL.
 */
const struct plait_balance_uplink *plait_balance_by_slot(const struct plait_balance_config *config, int slot)
{
	u32 i;

	for (i = 0; i < config->uplink_count; i++)
		if ((int)config->uplinks[i].slot == slot)
			return &config->uplinks[i];
	return NULL;
}

/**
 * plait_balance_by_index() - an uplink by its device
 * @config: where to look
 * @ifindex: interface index
 *
 * Return: the uplink or NULL.
 */
const struct plait_balance_uplink *plait_balance_by_index(const struct plait_balance_config *config,
							  u32 ifindex)
{
	u32 i;

	for (i = 0; i < config->uplink_count; i++)
		if (config->uplinks[i].ifindex == ifindex)
			return &config->uplinks[i];
	return NULL;
}

/**
 * plait_balance_config_copy() - a copy to change and to publish
 * @config: the configuration
 *
 * Return: the copy, or NULL when there is no memory.
 */
struct plait_balance_config *plait_balance_config_copy(const struct plait_balance_config *config)
{
	return kmemdup(config, sizeof(*config), GFP_KERNEL_ACCOUNT);
}

static void plait_balance_config_tell(const struct plait_balance_config *config,
				      const struct plait_balance_uplink *uplink)
{
	struct plait_balance_line line = {
		.weight = uplink->weight,
		.up = uplink->up,
		.down = uplink->down,
		.live = plait_balance_is_live(uplink),
	};

	config->strategy->set(config->state, uplink->slot, &line);
}

static bool plait_balance_has_meter(const struct plait_balance_config *config,
				    const struct plait_balance_meter *meter)
{
	u32 i;

	for (i = 0; config && i < config->uplink_count; i++)
		if (config->uplinks[i].meter == meter)
			return true;
	return false;
}

/* Tells the strategy about the uplinks of @old that are gone, whose slots may be in use again, and about all. */
static void plait_balance_config_tell_all(struct plait_balance_net *balancer,
					  const struct plait_balance_config *config,
					  const struct plait_balance_config *old)
{
	u32 i;

	spin_lock_bh(&balancer->lock);
	for (i = 0; old && i < old->uplink_count; i++)
		if (!plait_balance_has_meter(config, old->uplinks[i].meter))
			config->strategy->set(config->state, old->uplinks[i].slot, NULL);
	for (i = 0; i < config->uplink_count; i++)
		plait_balance_config_tell(config, &config->uplinks[i]);
	spin_unlock_bh(&balancer->lock);
}

static void plait_balance_config_derive(struct plait_balance_config *config)
{
	u32 i;

	config->live = 0;
	config->free = 0;
	for (i = 0; i < config->uplink_count; i++) {
		const struct plait_balance_uplink *uplink = &config->uplinks[i];

		if (!plait_balance_is_live(uplink))
			continue;
		config->live |= BIT(uplink->slot);
		if (!uplink->nat)
			config->free |= BIT(uplink->slot);
	}
}

static void plait_balance_config_announce(struct net *net, const struct plait_balance_config *config,
					  const struct plait_balance_config *old)
{
	u32 i;

	for (i = 0; i < config->uplink_count; i++) {
		const struct plait_balance_uplink *uplink = &config->uplinks[i];
		const struct plait_balance_uplink *before = plait_balance_by_mark(old, uplink->mark);
		bool live = plait_balance_is_live(uplink);

		if (before && plait_balance_is_live(before) != live)
			plait_balance_event(net, live ? PLAIT_BALANCE_EVENT_UPLINK_LIVE :
							PLAIT_BALANCE_EVENT_UPLINK_DEAD, uplink);
	}
}

static void *plait_balance_state_alloc(const struct plait_balance_strategy *strategy)
{
	void *state = kvzalloc(strategy->state_size, GFP_KERNEL_ACCOUNT);

	if (state)
		strategy->init(state, get_random_u32());
	return state;
}

/**
 * plait_balance_config_publish() - let packets see a changed copy of the present configuration
 * @net: the namespace
 * @config: with the same strategy and the same uplinks, but for their settings; taken over
 */
void plait_balance_config_publish(struct net *net, struct plait_balance_config *config)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_config *old = rtnl_dereference(balancer->config);

	plait_balance_config_derive(config);
	plait_balance_config_tell_all(balancer, config, old);
	rcu_assign_pointer(balancer->config, config);
	plait_balance_config_announce(net, config, old);
	kfree_rcu(old, rcu);
}

/* Frees the meters that @config has and @kept has not. */
static void plait_balance_free_meters(const struct plait_balance_config *config,
				      const struct plait_balance_config *kept)
{
	u32 i;

	for (i = 0; config && i < config->uplink_count; i++) {
		struct plait_balance_meter *meter = config->uplinks[i].meter;

		if (meter && !plait_balance_has_meter(kept, meter))
			plait_balance_meter_free(meter);
	}
}

/* Gives the uplinks that were there before their slots and meters, and the others free slots and new meters. */
static int plait_balance_config_adopt(struct plait_balance_config *config,
				      const struct plait_balance_config *old)
{
	u32 taken = 0;
	u32 i;

	for (i = 0; old && i < config->uplink_count; i++) {
		struct plait_balance_uplink *uplink = &config->uplinks[i];
		const struct plait_balance_uplink *before = plait_balance_by_mark(old, uplink->mark);

		if (!before || before->ifindex != uplink->ifindex)
			continue;
		uplink->slot = before->slot;
		uplink->meter = before->meter;
		taken |= BIT(uplink->slot);
	}
	for (i = 0; i < config->uplink_count; i++) {
		struct plait_balance_uplink *uplink = &config->uplinks[i];

		if (uplink->meter)
			continue;
		uplink->meter = plait_balance_meter_alloc();
		if (!uplink->meter)
			return -ENOMEM;
		uplink->slot = ffz(taken);
		taken |= BIT(uplink->slot);
	}
	return 0;
}

static bool plait_balance_dev_runs(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

static void plait_balance_config_look(struct net *net, struct plait_balance_config *config)
{
	u32 i;

	for (i = 0; i < config->uplink_count; i++) {
		const struct net_device *dev = __dev_get_by_index(net, config->uplinks[i].ifindex);

		config->uplinks[i].running = dev && plait_balance_dev_runs(dev);
		if (dev)
			config->uplinks[i].header = dev->hard_header_len;
	}
}

/* What only the old configuration has goes when no packet can see it any more. */
static void plait_balance_config_drop(struct plait_balance_config *old,
				      const struct plait_balance_config *config)
{
	if (!old)
		return;
	synchronize_net();
	plait_balance_free_meters(old, config);
	if (!config || old->state != config->state)
		kvfree(old->state);
	kfree(old);
}

/**
 * plait_balance_config_set() - put a configuration into the place of the present one, if any
 * @net: the namespace, its hooks enabled
 * @config: settings, uplinks without slots and meters, and a strategy that is held for it, or NULL for the
 *	present one. Taken over, also when it fails.
 *
 * Return: 0 or -ENOMEM.
 */
int plait_balance_config_set(struct net *net, struct plait_balance_config *config)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_config *old = rtnl_dereference(balancer->config);
	const struct plait_balance_strategy *held = config->strategy;
	bool same;
	int err;

	ASSERT_RTNL();
	if (!config->strategy)
		config->strategy = balancer->strategy;
	same = old && old->strategy == config->strategy;

	err = plait_balance_config_adopt(config, old);
	if (err)
		goto err_adopt;
	config->state = same ? old->state : plait_balance_state_alloc(config->strategy);
	if (!config->state) {
		err = -ENOMEM;
		goto err_adopt;
	}
	plait_balance_config_look(net, config);
	plait_balance_config_derive(config);
	plait_balance_config_tell_all(balancer, config, same ? old : NULL);

	rcu_assign_pointer(balancer->config, config);
	if (held) {
		plait_balance_strategy_put(balancer->strategy);
		balancer->strategy = held;
	}
	if (old)
		plait_balance_config_announce(net, config, old);
	plait_balance_config_drop(old, config);
	plait_balance_sampler_start(balancer);
	return 0;

err_adopt:
	plait_balance_free_meters(config, old);
	if (held)
		plait_balance_strategy_put(held);
	kfree(config);
	return err;
}

/**
 * plait_balance_config_clear() - balance nothing any more
 * @net: the namespace
 */
void plait_balance_config_clear(struct net *net)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_balance_config *old;

	old = rcu_replace_pointer(balancer->config, NULL, lockdep_rtnl_is_held());
	plait_balance_config_drop(old, NULL);
}

/**
 * plait_balance_set_strategy() - have another strategy choose
 * @net: the namespace
 * @name: its name
 *
 * Return: 0, -ENOENT when there is no such strategy, -ENOMEM.
 */
int plait_balance_set_strategy(struct net *net, const char *name)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	const struct plait_balance_config *old = rtnl_dereference(balancer->config);
	const struct plait_balance_strategy *strategy = plait_balance_strategy_get(name);
	struct plait_balance_config *config;
	bool other;
	int err;

	ASSERT_RTNL();
	if (!strategy)
		return -ENOENT;
	other = strategy != balancer->strategy;
	if (!old) {
		plait_balance_strategy_put(balancer->strategy);
		balancer->strategy = strategy;
	} else {
		config = plait_balance_config_copy(old);
		if (!config) {
			plait_balance_strategy_put(strategy);
			return -ENOMEM;
		}
		config->strategy = strategy;
		err = plait_balance_config_set(net, config);
		if (err)
			return err;
	}
	if (other)
		plait_balance_event(net, PLAIT_BALANCE_EVENT_STRATEGY, NULL);
	return 0;
}
