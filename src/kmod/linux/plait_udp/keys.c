// SPDX-License-Identifier: GPL-2.0-only
/* Pairs of keys: found by the index that packets carry, and their way through the slots of a peer. */
#include <linux/hash.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "plait_udp.h"

static struct hlist_head *plait_udp_bucket(struct plait_udp_net *pn, u32 index)
{
	return &pn->indexes[hash_32(index, PLAIT_UDP_INDEX_BITS)];
}

/**
 * plait_udp_keys_by_index() - the keys that a packet names
 * @pn: in this namespace
 * @index: 24 bits
 *
 * In an RCU section. Return: NULL when there are none.
 */
struct plait_udp_keys *plait_udp_keys_by_index(struct plait_udp_net *pn, u32 index)
{
	struct plait_udp_keys *keys;

	hlist_for_each_entry_rcu(keys, plait_udp_bucket(pn, index), node)
		if (keys->index == index)
			return keys;
	return NULL;
}

/**
 * plait_udp_keys_new() - a pair without keys yet, that has an index
 * @peer: whose
 *
 * In a process. Return: NULL without memory.
 */
struct plait_udp_keys *plait_udp_keys_new(struct plait_udp_peer *peer)
{
	struct plait_udp_keys *keys = kzalloc(sizeof(*keys), GFP_KERNEL_ACCOUNT);
	struct plait_udp_net *pn = peer->pn;

	if (!keys)
		return NULL;
	RCU_INIT_POINTER(keys->peer, peer);
	spin_lock_bh(&pn->index_lock);
	do
		keys->index = get_random_u32() & PLAIT_UDP_INDEX_MASK;
	while (plait_udp_keys_by_index(pn, keys->index));
	hlist_add_head_rcu(&keys->node, plait_udp_bucket(pn, keys->index));
	spin_unlock_bh(&pn->index_lock);
	return keys;
}

static void plait_udp_keys_free(struct rcu_head *rcu)
{
	struct plait_udp_keys *keys = container_of(rcu, struct plait_udp_keys, rcu);
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		kfree(keys->way[i]);
	kfree_sensitive(keys);
}

/**
 * plait_udp_keys_discard() - nobody finds these keys any more
 * @pn: their namespace
 * @keys: are in no slot
 */
void plait_udp_keys_discard(struct plait_udp_net *pn, struct plait_udp_keys *keys)
{
	spin_lock_bh(&pn->index_lock);
	hlist_del_init_rcu(&keys->node);
	spin_unlock_bh(&pn->index_lock);
	rcu_assign_pointer(keys->peer, NULL);
	call_rcu(&keys->rcu, plait_udp_keys_free);
}

/**
 * plait_udp_way() - a leg's use of keys
 * @keys: the keys; the lock of their peer is held
 * @number: of the leg
 *
 * Return: NULL without memory.
 */
struct plait_udp_way *plait_udp_way(struct plait_udp_keys *keys, u32 number)
{
	struct plait_udp_way *way = keys->way[number];

	if (likely(way))
		return way;
	way = kzalloc(sizeof(*way), GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!way)
		return NULL;
	way->sent.rtt = -1;
	way->sent.rtt_min = -1;
	keys->way[number] = way;
	return way;
}

/**
 * plait_udp_keys_set() - put keys into a slot, in place of those that are there
 * @peer: whose; its lock is held
 * @slot: the slot
 * @keys: the keys, or NULL
 */
void plait_udp_keys_set(struct plait_udp_peer *peer, enum plait_udp_slot slot,
			struct plait_udp_keys *keys)
{
	struct plait_udp_keys *old = plait_udp_keys_locked(peer, slot);

	rcu_assign_pointer(peer->keys[slot], keys);
	if (old)
		plait_udp_keys_discard(peer->pn, old);
}

/* Moves what is in a slot to another. */
static void plait_udp_keys_move(struct plait_udp_peer *peer, enum plait_udp_slot from,
				enum plait_udp_slot to)
{
	struct plait_udp_keys *keys = plait_udp_keys_locked(peer, from);

	RCU_INIT_POINTER(peer->keys[from], NULL);
	plait_udp_keys_set(peer, to, keys);
}

/* What is known of a leg's path holds with newer keys, too; only the counters begin anew. */
static void plait_udp_keys_inherit(struct plait_udp_keys *keys, const struct plait_udp_keys *old)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_way *way = old->way[i] ? plait_udp_way(keys, i) : NULL;

		if (!way)
			continue;
		way->sent.rtt = old->way[i]->sent.rtt;
		way->sent.rtt_min = old->way[i]->sent.rtt_min;
		way->sent.jitter = old->way[i]->sent.jitter;
		way->sent.one_way = old->way[i]->sent.one_way;
		way->sent.lost_recent = old->way[i]->sent.lost_recent;
	}
}

static struct plait_agreed plait_udp_agreed(const struct plait_udp_keys *keys)
{
	return (struct plait_agreed){
		.made = keys->made, .instance = keys->instance, .initiator = keys->initiator,
	};
}

/* Both ends asked at once, and these keys are the ones that neither uses. */
static bool plait_udp_keys_crossed(const struct plait_udp_peer *peer, const struct plait_udp_keys *keys,
				   const struct plait_udp_keys *old)
{
	const struct plait_agreed used = plait_udp_agreed(old), newer = plait_udp_agreed(keys);

	return plait_session_keeps(&peer->session, &used, &newer, plait_udp_now());
}

/**
 * plait_udp_keys_use() - send with these keys from now on
 * @peer: whose; its lock is held
 * @keys: in the slot @PLAIT_UDP_ASKED, with the far end's answer, or @PLAIT_UDP_NEXT
 *
 * Unless both ends asked at once, and others are used: what comes with these is then still taken while they are in
 * @PLAIT_UDP_NEXT.
 */
void plait_udp_keys_use(struct plait_udp_peer *peer, struct plait_udp_keys *keys)
{
	enum plait_udp_slot slot = keys->initiator ? PLAIT_UDP_ASKED : PLAIT_UDP_NEXT;
	struct plait_udp_keys *old = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);

	if (old && plait_udp_keys_crossed(peer, keys, old)) {
		if (slot == PLAIT_UDP_ASKED)
			plait_udp_keys_set(peer, slot, NULL);
		return;
	}
	/* The far end was started anew: it numbers from the beginning. */
	if (peer->far_instance != keys->instance) {
		peer->far_instance = keys->instance;
		if (peer->order)
			plait_order_flush(peer->order);
	}
	if (old)
		plait_udp_keys_inherit(keys, old);
	plait_udp_keys_move(peer, PLAIT_UDP_CURRENT, PLAIT_UDP_PREVIOUS);
	plait_udp_keys_move(peer, slot, PLAIT_UDP_CURRENT);
	plait_session_keyed(&peer->session, keys->made, keys->initiator);
}

/**
 * plait_udp_keys_expire() - forget what we send with, and what is older
 * @peer: whose; its lock is held
 */
void plait_udp_keys_expire(struct plait_udp_peer *peer)
{
	plait_udp_keys_set(peer, PLAIT_UDP_CURRENT, NULL);
	plait_udp_keys_set(peer, PLAIT_UDP_PREVIOUS, NULL);
}

/**
 * plait_udp_keys_drop() - forget all keys
 * @peer: whose; its lock is held
 */
void plait_udp_keys_drop(struct plait_udp_peer *peer)
{
	enum plait_udp_slot slot;

	for (slot = 0; slot < PLAIT_UDP_SLOTS; slot++)
		plait_udp_keys_set(peer, slot, NULL);
}
