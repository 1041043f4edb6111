// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections of a namespace that are watched: a table of sets, as in a processor's cache.
 *
 * Whatever anybody sends, there are never more than PLAIT_BUFFER_SETS * PLAIT_BUFFER_WAYS, an idle
 * one gives way to a new one without a search, and no lock is common to all of them. Hashes are
 * keyed, so that nobody from outside can aim at a set.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "buffer.h"

/* What brought nothing for this long is forgotten, and how often it is looked for. */
#define PLAIT_CONNECTION_IDLE (60 * HZ)
#define PLAIT_CONNECTION_SWEEP (15 * HZ)

static struct kmem_cache *plait_connection_cache;
static siphash_aligned_key_t plait_connection_key;

/**
 * plait_set_lock() - find and lock the set that a connection belongs to
 * @buffer: its namespace
 * @flow: the connection
 *
 * Return: the set, to be unlocked with spin_unlock_bh().
 */
struct plait_set *plait_set_lock(struct plait_buffer *buffer, const struct plait_flow *flow)
{
	u64 hash = siphash(flow, sizeof(*flow), &plait_connection_key);
	struct plait_set *set = &buffer->sets[hash % PLAIT_BUFFER_SETS];

	BUILD_BUG_ON(sizeof(*flow) != 2 * sizeof(struct in6_addr) + 2 * sizeof(__be16) +
				      sizeof(u32));
	spin_lock_bh(&set->lock);
	return set;
}

/**
 * plait_connection_find() - look up a connection
 * @set: its set, locked
 * @flow: which
 *
 * Return: the connection, NULL when it is not watched.
 */
struct plait_connection *plait_connection_find(struct plait_set *set,
					       const struct plait_flow *flow)
{
	u32 i;

	lockdep_assert_held(&set->lock);
	for (i = 0; i < PLAIT_BUFFER_WAYS; i++) {
		struct plait_connection *connection = set->ways[i];

		if (connection && !memcmp(&connection->flow, flow, sizeof(*flow)))
			return connection;
	}
	return NULL;
}

/* Nothing waits, nobody delivers, and the timer neither runs nor waits for our lock. */
static bool plait_connection_rests(const struct plait_connection *connection)
{
	return !plait_hold_waits(connection) && !connection->delivering &&
	       !hrtimer_active(&connection->timer);
}

static void plait_connection_free(struct plait_connection **way)
{
	atomic_dec(&(*way)->buffer->connections);
	kmem_cache_free(plait_connection_cache, *way);
	*way = NULL;
}

/* A way of the set that is free, or that of the idlest connection; NULL when all are busy. */
static struct plait_connection **plait_set_way(struct plait_set *set)
{
	struct plait_connection **idlest = NULL;
	u32 i;

	for (i = 0; i < PLAIT_BUFFER_WAYS; i++) {
		struct plait_connection **way = &set->ways[i];

		if (!*way)
			return way;
		if (plait_connection_rests(*way) &&
		    (!idlest || time_before((*way)->used, (*idlest)->used)))
			idlest = way;
	}
	return idlest;
}

/**
 * plait_connection_get() - look up a connection, or begin to watch it
 * @buffer: its namespace
 * @set: its set, locked
 * @flow: which
 *
 * Return: the connection, NULL when there is no room for it.
 */
struct plait_connection *plait_connection_get(struct plait_buffer *buffer, struct plait_set *set,
					      const struct plait_flow *flow)
{
	struct plait_connection *connection = plait_connection_find(set, flow);
	struct plait_connection **way;

	if (connection)
		return connection;
	way = plait_set_way(set);
	if (!way)
		return NULL;
	if (*way)
		plait_connection_free(way);
	connection = kmem_cache_alloc(plait_connection_cache, GFP_ATOMIC);
	if (!connection)
		return NULL;

	connection->flow = *flow;
	connection->buffer = buffer;
	connection->set = set;
	plait_resequence_init(&connection->queue);
	plait_hold_timer_init(connection);
	INIT_LIST_HEAD(&connection->ready);
	connection->delivering = false;
	connection->used = jiffies;
	atomic_inc(&buffer->connections);
	*way = connection;
	return connection;
}

/**
 * plait_connection_release() - forget a connection that has ended, as soon as it rests
 * @connection: the connection; its set is locked
 */
void plait_connection_release(struct plait_connection *connection)
{
	struct plait_set *set = connection->set;
	u32 i;

	lockdep_assert_held(&set->lock);
	if (!plait_connection_rests(connection))
		return;
	for (i = 0; i < PLAIT_BUFFER_WAYS; i++)
		if (set->ways[i] == connection)
			plait_connection_free(&set->ways[i]);
}

static void plait_connections_sweep(struct work_struct *work)
{
	struct plait_buffer *buffer = container_of(work, struct plait_buffer, sweep.work);
	u32 i, j;

	for (i = 0; i < PLAIT_BUFFER_SETS; i++) {
		struct plait_set *set = &buffer->sets[i];

		spin_lock_bh(&set->lock);
		for (j = 0; j < PLAIT_BUFFER_WAYS; j++)
			if (set->ways[j] &&
			    time_after(jiffies, set->ways[j]->used + PLAIT_CONNECTION_IDLE))
				plait_connection_release(set->ways[j]);
		spin_unlock_bh(&set->lock);
		cond_resched();
	}
	schedule_delayed_work(&buffer->sweep, PLAIT_CONNECTION_SWEEP);
}

/**
 * plait_connections_begin() - make the table of a namespace
 * @buffer: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int plait_connections_begin(struct plait_buffer *buffer)
{
	u32 i;

	buffer->sets = kvcalloc(PLAIT_BUFFER_SETS, sizeof(*buffer->sets), GFP_KERNEL_ACCOUNT);
	if (!buffer->sets)
		return -ENOMEM;
	for (i = 0; i < PLAIT_BUFFER_SETS; i++)
		spin_lock_init(&buffer->sets[i].lock);
	INIT_DELAYED_WORK(&buffer->sweep, plait_connections_sweep);
	schedule_delayed_work(&buffer->sweep, PLAIT_CONNECTION_SWEEP);
	return 0;
}

/* Nothing of it waits any more when this returns, but for what another CPU is delivering. */
static void plait_connection_flush(struct plait_connection *connection)
{
	lockdep_assert_held(&connection->set->lock);
	plait_hold_flush(connection);
	while (plait_hold_waits(connection) && !connection->delivering)
		plait_hold_deliver(connection, ktime_get_ns());
}

/**
 * plait_connections_flush() - deliver all packets that wait in a namespace
 * @buffer: the namespace; it has a table
 */
void plait_connections_flush(struct plait_buffer *buffer)
{
	u32 i, j;

	for (i = 0; i < PLAIT_BUFFER_SETS; i++) {
		struct plait_set *set = &buffer->sets[i];

		for (j = 0; j < PLAIT_BUFFER_WAYS; j++) {
			spin_lock_bh(&set->lock);
			if (set->ways[j] && plait_hold_waits(set->ways[j]))
				plait_connection_flush(set->ways[j]);
			spin_unlock_bh(&set->lock);
		}
	}
}

/**
 * plait_connections_end() - undo plait_connections_begin(); no packet comes in any more
 * @buffer: the namespace
 */
void plait_connections_end(struct plait_buffer *buffer)
{
	u32 i, j;

	cancel_delayed_work_sync(&buffer->sweep);
	plait_connections_flush(buffer);
	for (i = 0; i < PLAIT_BUFFER_SETS; i++) {
		for (j = 0; j < PLAIT_BUFFER_WAYS; j++) {
			struct plait_connection **way = &buffer->sets[i].ways[j];

			if (!*way)
				continue;
			/* It may have been waiting for the lock when its packets were flushed. */
			hrtimer_cancel(&(*way)->timer);
			spin_lock_bh(&buffer->sets[i].lock);
			plait_connection_flush(*way);
			spin_unlock_bh(&buffer->sets[i].lock);
			hrtimer_cancel(&(*way)->timer);
			plait_connection_free(way);
		}
	}
	kvfree(buffer->sets);
	buffer->sets = NULL;
}

int __init plait_connections_init(void)
{
	get_random_bytes(&plait_connection_key, sizeof(plait_connection_key));
	plait_connection_cache = KMEM_CACHE(plait_connection, SLAB_ACCOUNT);
	return plait_connection_cache ? 0 : -ENOMEM;
}

void plait_connections_uninit(void)
{
	kmem_cache_destroy(plait_connection_cache);
}
