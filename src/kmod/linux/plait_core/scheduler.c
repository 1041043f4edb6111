// SPDX-License-Identifier: GPL-2.0-only
/* The schedulers that links can be given, by name. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "../../core/engine/engine.h"
#include "../../core/sched/backup.h"

struct plait_scheduler_entry {
	const struct plait_scheduler *scheduler;
	struct module *owner;
	struct list_head list;
};

/* Those that come with this module; the first one is what a new link gets. */
static const struct plait_scheduler *const plait_schedulers_own[] = {
	&plait_weighted,
	&plait_earliest,
	&plait_backup,
};

static LIST_HEAD(plait_schedulers);
static DEFINE_MUTEX(plait_schedulers_lock);

static struct plait_scheduler_entry *plait_scheduler_find(const char *name)
{
	struct plait_scheduler_entry *entry;

	lockdep_assert_held(&plait_schedulers_lock);
	list_for_each_entry(entry, &plait_schedulers, list)
		if (!strcmp(entry->scheduler->name, name))
			return entry;
	return NULL;
}

/**
 * plait_scheduler_register() - make a scheduler known
 * @scheduler: must stay until unregistered
 * @owner: the module that it lives in; stays loaded while a link uses the scheduler
 *
 * Return: 0, -EEXIST when the name is taken, -ENOMEM.
 */
int plait_scheduler_register(const struct plait_scheduler *scheduler, struct module *owner)
{
	struct plait_scheduler_entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	int err = 0;

	if (!entry)
		return -ENOMEM;
	entry->scheduler = scheduler;
	entry->owner = owner;

	mutex_lock(&plait_schedulers_lock);
	if (plait_scheduler_find(scheduler->name))
		err = -EEXIST;
	else
		list_add_tail(&entry->list, &plait_schedulers);
	mutex_unlock(&plait_schedulers_lock);

	if (err)
		kfree(entry);
	return err;
}
EXPORT_SYMBOL_GPL(plait_scheduler_register);

/**
 * plait_scheduler_unregister() - forget a scheduler; for the exit of its module
 * @scheduler: no link uses it any more, since those hold the module
 */
void plait_scheduler_unregister(const struct plait_scheduler *scheduler)
{
	struct plait_scheduler_entry *entry;

	mutex_lock(&plait_schedulers_lock);
	entry = plait_scheduler_find(scheduler->name);
	if (entry)
		list_del(&entry->list);
	mutex_unlock(&plait_schedulers_lock);
	kfree(entry);
}
EXPORT_SYMBOL_GPL(plait_scheduler_unregister);

/**
 * plait_scheduler_get() - look up a scheduler and keep its module loaded
 * @name: its name; NULL for what a new link gets
 *
 * Return: the scheduler, to be given back with plait_scheduler_put(); NULL when there is none.
 */
const struct plait_scheduler *plait_scheduler_get(const char *name)
{
	const struct plait_scheduler *scheduler = NULL;
	struct plait_scheduler_entry *entry;

	mutex_lock(&plait_schedulers_lock);
	entry = plait_scheduler_find(name ?: plait_schedulers_own[0]->name);
	if (entry && try_module_get(entry->owner))
		scheduler = entry->scheduler;
	mutex_unlock(&plait_schedulers_lock);
	return scheduler;
}

/**
 * plait_scheduler_put() - give back what plait_scheduler_get() gave
 * @scheduler: the scheduler
 */
void plait_scheduler_put(const struct plait_scheduler *scheduler)
{
	struct plait_scheduler_entry *entry;

	mutex_lock(&plait_schedulers_lock);
	entry = plait_scheduler_find(scheduler->name);
	if (entry)
		module_put(entry->owner);
	mutex_unlock(&plait_schedulers_lock);
}

/**
 * plait_scheduler_free_state() - free what a scheduler remembers of a link
 * @scheduler: the scheduler
 * @state: what it remembers, which is not used any more
 */
void plait_scheduler_free_state(const struct plait_scheduler *scheduler, void *state)
{
	if (scheduler->end)
		scheduler->end(state);
	kvfree(state);
}

int __init plait_scheduler_init(void)
{
	size_t i;
	int err;

	BUILD_BUG_ON(PLAIT_SLOTS != PLAIT_LEGS_MAX);
	BUILD_BUG_ON(PLAIT_PRIORITY_LAST != PLAIT_PRIORITY_MAX);

	for (i = 0; i < ARRAY_SIZE(plait_schedulers_own); i++) {
		err = plait_scheduler_register(plait_schedulers_own[i], THIS_MODULE);
		if (err)
			goto err_register;
	}
	return 0;

err_register:
	while (i--)
		plait_scheduler_unregister(plait_schedulers_own[i]);
	return err;
}

void plait_scheduler_uninit(void)
{
	size_t i = ARRAY_SIZE(plait_schedulers_own);

	while (i--)
		plait_scheduler_unregister(plait_schedulers_own[i]);
}
