// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the buffer sees packets. Registered while it is on in a namespace.
 *
 * On the way in it comes last: connection tracking, NAT and marks have happened, in the order in
 * which packets arrived, and a packet that waits goes on where this hook would have let it.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/net_namespace.h>

#include "buffer.h"

/* Follows the verdict. Return: true when the packet is kept or gone, false when it is to go on. */
static bool plait_buffer_obey(struct plait_connection *connection, enum plait_verdict verdict,
			      const struct plait_segment *segment, struct sk_buff *skb,
			      const struct nf_hook_state *state, u64 now)
{
	bool taken;

	switch (verdict) {
	case PLAIT_QUEUE:
		taken = plait_hold(connection, segment, skb, state, now);
		break;
	case PLAIT_DROP:
		plait_buffer_count(connection->buffer, PLAIT_COUNT_DUPLICATE, segment->packets);
		kfree_skb(skb);
		return true;
	case PLAIT_FLUSH:
		plait_hold_flush(connection);
		plait_resequence_init(&connection->queue);
		fallthrough;
	default:
		/* It passes, but behind those that are on their way. */
		taken = plait_hold_ready(connection, segment->packets, skb, state);
	}
	plait_hold_deliver(connection, now);
	return taken;
}

/*
 * Is it the next one in order, and does nothing wait? It passes, whatever is in it; if it is broken, what is
 * remembered of it is put right by the next one. Of all others the checksum decides whether they are to be believed.
 */
static bool plait_buffer_follows(struct plait_set *set, const struct plait_packet *packet)
{
	const struct plait_connection *connection = plait_connection_find(set, &packet->flow);
	const struct plait_segment *segment = &packet->segment;

	return connection && connection->queue.known && connection->queue.next == segment->seq &&
	       !segment->restart && !segment->fin && !plait_hold_waits(connection);
}

static unsigned int plait_buffer_data(struct plait_buffer *buffer,
				      const struct plait_packet *packet, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	const struct plait_segment *segment = &packet->segment;
	struct plait_resequence_limits limits = plait_buffer_limits(buffer);
	struct plait_set *set = plait_set_lock(buffer, &packet->flow);
	struct plait_connection *connection;
	enum plait_verdict verdict;
	bool taken = false;
	u64 now;

	if (!plait_buffer_follows(set, packet)) {
		/* Not with the lock held: it reads the whole packet. */
		spin_unlock_bh(&set->lock);
		plait_buffer_count(buffer, PLAIT_COUNT_SUMMED, segment->packets);
		if (!plait_packet_sound(skb, packet, state->pf))
			return NF_ACCEPT;
		set = plait_set_lock(buffer, &packet->flow);
	}
	/* What begins or ends a connection, or is no whole segment, is no reason to watch it. */
	if (segment->restart)
		connection = plait_connection_find(set, &packet->flow);
	else
		connection = plait_connection_get(buffer, set, &packet->flow);
	if (connection) {
		/* Taken with the lock held, so that it never goes back for a connection. */
		now = ktime_get_ns();
		connection->used = jiffies;
		verdict = plait_resequence_judge(&connection->queue, segment, &limits, now);
		taken = plait_buffer_obey(connection, verdict, segment, skb, state, now);
		if (!connection->queue.known || connection->queue.finished)
			plait_connection_release(connection);
	}
	spin_unlock_bh(&set->lock);
	return taken ? NF_STOLEN : NF_ACCEPT;
}

static bool plait_buffer_cares(const struct plait_buffer *buffer, const struct net_device *dev)
{
	const struct plait_link *link;

	if (READ_ONCE(buffer->on))
		return !(dev->flags & IFF_LOOPBACK);
	hlist_for_each_entry_rcu(link, &buffer->links, buffer_node)
		if (link->dev == dev)
			return true;
	return false;
}

static unsigned int plait_buffer_in(void *priv, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	struct plait_buffer *buffer = &plait_net(state->net)->buffer;
	u32 leg = plait_packet_leg(skb);
	struct plait_packet packet;

	if (!plait_buffer_cares(buffer, skb->dev) || !plait_packet_read(skb, state, leg, &packet))
		return NF_ACCEPT;
	return plait_buffer_data(buffer, &packet, skb, state);
}

static const struct nf_hook_ops plait_buffer_hooks[] = {
	{
		.hook = plait_buffer_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_LAST,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = plait_buffer_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_LAST,
	},
#endif
};

/**
 * plait_buffer_hooks_register() - begin to see the packets of a namespace
 * @net: the namespace
 *
 * Return: 0 or a negative error.
 */
int plait_buffer_hooks_register(struct net *net)
{
	return nf_register_net_hooks(net, plait_buffer_hooks, ARRAY_SIZE(plait_buffer_hooks));
}

/**
 * plait_buffer_hooks_unregister() - see no more packets
 * @net: the namespace
 *
 * Waits until nobody is in a hook any more.
 */
void plait_buffer_hooks_unregister(struct net *net)
{
	nf_unregister_net_hooks(net, plait_buffer_hooks, ARRAY_SIZE(plait_buffer_hooks));
	synchronize_net();
}
