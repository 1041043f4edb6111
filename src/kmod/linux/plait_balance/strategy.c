// SPDX-License-Identifier: GPL-2.0-only
/* The strategies that namespaces can be given, by name. */
#include <linux/export.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"

struct plait_balance_strategy_entry {
	const struct plait_balance_strategy *strategy;
	struct module *owner;
	struct list_head list;
};

/* Those that come with this module; the first one is what a new namespace gets. */
static const struct plait_balance_strategy *const plait_balance_strategies_own[] = {
	&plait_balance_session,
	&plait_balance_route,
	&plait_balance_packet,
	&plait_balance_bandwidth,
	&plait_balance_headroom,
	&plait_balance_retransmit,
	&plait_balance_history,
};

static LIST_HEAD(plait_balance_strategies);
static DEFINE_MUTEX(plait_balance_strategies_lock);

static struct plait_balance_strategy_entry *plait_balance_strategy_find(const char *name)
{
	struct plait_balance_strategy_entry *entry;

	lockdep_assert_held(&plait_balance_strategies_lock);
	list_for_each_entry(entry, &plait_balance_strategies, list)
		if (!strcmp(entry->strategy->name, name))
			return entry;
	return NULL;
}

/**
 * plait_balance_strategy_register() - make a strategy known
 * @strategy: must stay until unregistered
 * @owner: the module that it lives in; stays loaded while a namespace uses the strategy
 *
 * Return: 0, -EEXIST when the name is taken, -EINVAL when it is too long, -ENOMEM.
 */
int plait_balance_strategy_register(const struct plait_balance_strategy *strategy, struct module *owner)
{
	struct plait_balance_strategy_entry *entry;
	int err = 0;

	if (strlen(strategy->name) > PLAIT_BALANCE_STRATEGY_LENGTH_MAX)
		return -EINVAL;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	entry->strategy = strategy;
	entry->owner = owner;

	mutex_lock(&plait_balance_strategies_lock);
	if (plait_balance_strategy_find(strategy->name))
		err = -EEXIST;
	else
		list_add_tail(&entry->list, &plait_balance_strategies);
	mutex_unlock(&plait_balance_strategies_lock);

	if (err)
		kfree(entry);
	return err;
}
EXPORT_SYMBOL_GPL(plait_balance_strategy_register);

/**
 * plait_balance_strategy_unregister() - forget a strategy; for the exit of its module
 * @strategy: no namespace uses it any more, since those hold the module
 */
void plait_balance_strategy_unregister(const struct plait_balance_strategy *strategy)
{
	struct plait_balance_strategy_entry *entry;

	mutex_lock(&plait_balance_strategies_lock);
	entry = plait_balance_strategy_find(strategy->name);
	if (entry)
		list_del(&entry->list);
	mutex_unlock(&plait_balance_strategies_lock);
	kfree(entry);
}
EXPORT_SYMBOL_GPL(plait_balance_strategy_unregister);

/* Namespaces go before this module does, so its own strategies need not hold it. */
static bool plait_balance_strategy_hold(const struct plait_balance_strategy_entry *entry)
{
	return entry->owner == THIS_MODULE || try_module_get(entry->owner);
}

/**
 * plait_balance_strategy_get() - look up a strategy and keep its module loaded
 * @name: its name; NULL for what a new namespace gets
 *
 * Return: the strategy, to be given back with plait_balance_strategy_put(); NULL when there is none.
 */
const struct plait_balance_strategy *plait_balance_strategy_get(const char *name)
{
	const struct plait_balance_strategy *strategy = NULL;
	struct plait_balance_strategy_entry *entry;

	mutex_lock(&plait_balance_strategies_lock);
	entry = plait_balance_strategy_find(name ?: plait_balance_strategies_own[0]->name);
	if (entry && plait_balance_strategy_hold(entry))
		strategy = entry->strategy;
	mutex_unlock(&plait_balance_strategies_lock);
	return strategy;
}

/**
 * plait_balance_strategy_put() - give back what plait_balance_strategy_get() gave
 * @strategy: the strategy
 */
void plait_balance_strategy_put(const struct plait_balance_strategy *strategy)
{
	struct plait_balance_strategy_entry *entry;

	mutex_lock(&plait_balance_strategies_lock);
	entry = plait_balance_strategy_find(strategy->name);
	if (entry && entry->owner != THIS_MODULE)
		module_put(entry->owner);
	mutex_unlock(&plait_balance_strategies_lock);
}

int __init plait_balance_strategies_init(void)
{
	size_t i;
	int err;

	BUILD_BUG_ON(PLAIT_BALANCE_SLOTS != PLAIT_BALANCE_UPLINKS_MAX);

	for (i = 0; i < ARRAY_SIZE(plait_balance_strategies_own); i++) {
		err = plait_balance_strategy_register(plait_balance_strategies_own[i], THIS_MODULE);
		if (err)
			goto err_register;
	}
	return 0;

err_register:
	while (i--)
		plait_balance_strategy_unregister(plait_balance_strategies_own[i]);
	return err;
}

void plait_balance_strategies_uninit(void)
{
	size_t i = ARRAY_SIZE(plait_balance_strategies_own);

	while (i--)
		plait_balance_strategy_unregister(plait_balance_strategies_own[i]);
}
