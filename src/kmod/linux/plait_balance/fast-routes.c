// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes by uplinks, for sessions whose packets are given uplinks one by one.
 *
 * The ordinary way looks a route up for each packet; what it found is kept here, by all that policy rules may ask for. One
 * entry for each hash: a new one takes the place of the old one. A route that is no longer valid says so itself.
 */
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "fast.h"

#define PLAIT_BALANCE_FAST_ROUTES 4096

/**
 * struct plait_balance_fast_route - a route
 * @key: what it is for
 * @dst: held; NULL: the entry is empty
 */
struct plait_balance_fast_route {
	struct plait_balance_fast_key key;
	struct dst_entry *dst;
};

/**
 * plait_balance_fast_routes_init() - make room for routes
 * @routes: filled in
 *
 * Return: 0 or -ENOMEM.
 */
int plait_balance_fast_routes_init(struct plait_balance_fast_routes *routes)
{
	spin_lock_init(&routes->lock);
	routes->entries = kvcalloc(PLAIT_BALANCE_FAST_ROUTES, sizeof(*routes->entries), GFP_KERNEL_ACCOUNT);
	return routes->entries ? 0 : -ENOMEM;
}

/**
 * plait_balance_fast_routes_free() - let go of all routes
 * @routes: no packet sees them any more
 */
void plait_balance_fast_routes_free(struct plait_balance_fast_routes *routes)
{
	u32 i;

	for (i = 0; i < PLAIT_BALANCE_FAST_ROUTES; i++)
		dst_release(routes->entries[i].dst);
	kvfree(routes->entries);
}

static struct plait_balance_fast_route *plait_balance_fast_entry(struct plait_balance_fast_routes *routes,
								 const struct plait_balance_fast_key *key)
{
	u32 hash = jhash_3words((__force u32)key->from, (__force u32)key->to, key->mark ^ key->ifindex ^ key->tos, 0);

	return &routes->entries[hash % PLAIT_BALANCE_FAST_ROUTES];
}

static bool plait_balance_fast_is_for(const struct plait_balance_fast_route *route,
				      const struct plait_balance_fast_key *key)
{
	return route->dst && route->key.from == key->from && route->key.to == key->to &&
	       route->key.mark == key->mark && route->key.ifindex == key->ifindex &&
	       route->key.tos == key->tos;
}

/**
 * plait_balance_fast_route_keep() - keep a route that the ordinary way has found
 * @routes: where
 * @key: what it is for
 * @dst: the route, of a packet
 */
void plait_balance_fast_route_keep(struct plait_balance_fast_routes *routes,
				   const struct plait_balance_fast_key *key, struct dst_entry *dst)
{
	struct plait_balance_fast_route *route = plait_balance_fast_entry(routes, key);
	struct dst_entry *old = dst;

	spin_lock_bh(&routes->lock);
	if ((!plait_balance_fast_is_for(route, key) || route->dst != dst) && dst_hold_safe(dst)) {
		old = route->dst;
		*route = (struct plait_balance_fast_route){ .key = *key, .dst = dst };
	} else {
		old = NULL;
	}
	spin_unlock_bh(&routes->lock);
	dst_release(old);
}

/**
 * plait_balance_fast_route_find() - look a route up
 * @routes: where
 * @key: what for
 *
 * Return: a valid route, held; or NULL.
 */
struct dst_entry *plait_balance_fast_route_find(struct plait_balance_fast_routes *routes,
						const struct plait_balance_fast_key *key)
{
	struct plait_balance_fast_route *route = plait_balance_fast_entry(routes, key);
	struct dst_entry *dst = NULL;

	spin_lock_bh(&routes->lock);
	if (plait_balance_fast_is_for(route, key) && dst_check(route->dst, 0)) {
		dst = route->dst;
		dst_hold(dst);
	}
	spin_unlock_bh(&routes->lock);
	return dst;
}
