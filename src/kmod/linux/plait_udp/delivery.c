// SPDX-License-Identifier: GPL-2.0-only
/* Packets that were opened: checked, put in order, and given to the stack. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/dst_metadata.h>
#include <net/ip.h>

#include "plait_udp.h"

/* Packets that one call gives to the stack: as many as may wait, and some. */
#define PLAIT_UDP_BUDGET (PLAIT_ORDER_WAITING + 64)

/* Of a packet that waits. */
struct plait_udp_arrived {
	u32 number;
};

static struct plait_udp_arrived *plait_udp_arrived(struct sk_buff *skb)
{
	return (struct plait_udp_arrived *)skb->cb;
}

/* Is it a whole IP packet? Cuts off what is behind it. */
static bool plait_udp_inner(struct sk_buff *skb)
{
	const struct iphdr *ip = (const struct iphdr *)skb->data;
	u32 length;

	if (skb->len >= sizeof(struct iphdr) && ip->version == 4) {
		length = ntohs(ip->tot_len);
		skb->protocol = htons(ETH_P_IP);
		if (length < sizeof(struct iphdr))
			return false;
	} else if (skb->len >= sizeof(struct ipv6hdr) && ip->version == 6) {
		length = ntohs(((const struct ipv6hdr *)ip)->payload_len) + sizeof(struct ipv6hdr);
		skb->protocol = htons(ETH_P_IPV6);
	} else {
		return false;
	}
	return length <= skb->len && !pskb_trim(skb, length);
}

/* Makes it a packet of its own, without anything of the one that carried it. */
static void plait_udp_unwrap(struct sk_buff *skb)
{
	/* Its tag was right, so it is what the far end sent. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
	skb->pkt_type = PACKET_HOST;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	skb_scrub_packet(skb, true);
	skb_clear_hash(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
}

/* Its leg; one that is there, when that is gone meanwhile. */
static struct plait_udp_leg *plait_udp_leg_of(struct plait_udp_peer *peer, u32 number)
{
	struct plait_udp_leg *leg = rcu_dereference(peer->leg[number]);
	u32 i;

	for (i = 0; !leg && i < PLAIT_UDP_LEGS; i++)
		leg = rcu_dereference(peer->leg[i]);
	return leg;
}

static void plait_udp_give(struct plait_udp_peer *peer, struct sk_buff *skb)
{
	struct plait_udp_leg *leg = plait_udp_leg_of(peer, plait_udp_arrived(skb)->number);

	memset(skb->cb, 0, sizeof(skb->cb));
	if (!leg)
		kfree_skb(skb);
	else if (plait_leg_receive(&leg->leg, skb))
		gro_cells_receive(&peer->cells, skb);
}

/*
 * One CPU at a time, so that their order stays; the lock of the peer is held, and released meanwhile. What others add is not
 * given without end: the timer goes on with the rest.
 */
static void plait_udp_give_ready(struct plait_udp_peer *peer, s64 now)
{
	u32 budget = PLAIT_UDP_BUDGET;
	struct sk_buff *skb;

	if (peer->delivering)
		return;
	peer->delivering = true;
	while (budget-- && (skb = __skb_dequeue(&peer->ready))) {
		spin_unlock(&peer->lock);
		plait_udp_give(peer, skb);
		spin_lock(&peer->lock);
	}
	peer->delivering = false;
	if (!skb_queue_empty(&peer->ready))
		plait_udp_timer_set(peer, now);
}

/* What may leave now; the lock of the peer is held. */
static void plait_udp_release(struct plait_udp_peer *peer)
{
	struct sk_buff *skb;

	while ((skb = plait_order_release(peer->order)))
		__skb_queue_tail(&peer->ready, skb);
	plait_udp_timer_set(peer, plait_order_deadline(peer->order));
}

/* The lock of the peer is held. */
static void plait_udp_arrange(struct plait_udp_peer *peer, const struct plait_udp_header *header,
			      struct sk_buff *skb, s64 now)
{
	switch (plait_order_arrive(peer->order, now, header, skb)) {
	case PLAIT_ORDER_TAKEN:
		break;
	case PLAIT_ORDER_COPY:
		consume_skb(skb);
		break;
	case PLAIT_ORDER_PASS:
		__skb_queue_tail(&peer->ready, skb);
		break;
	}
	plait_udp_release(peer);
}

/**
 * plait_udp_deliver() - a packet of DATA was opened
 * @leg: by which it came
 * @header: of it
 * @skb: the inner packet. It is consumed
 * @now: ns
 *
 * In softirq and an RCU section, without the lock of the peer.
 */
void plait_udp_deliver(struct plait_udp_leg *leg, const struct plait_udp_header *header,
		       struct sk_buff *skb, s64 now)
{
	struct plait_udp_peer *peer = leg->peer;

	if (!plait_udp_inner(skb)) {
		kfree_skb(skb);
		return;
	}
	plait_udp_unwrap(skb);
	plait_udp_arrived(skb)->number = leg->number;
	spin_lock(&peer->lock);
	plait_udp_arrange(peer, header, skb, now);
	plait_udp_give_ready(peer, now);
	spin_unlock(&peer->lock);
}

/**
 * plait_udp_delivery_due() - release what has waited long enough, and give what is ready
 * @peer: its lock is held, and released meanwhile
 * @now: ns
 */
void plait_udp_delivery_due(struct plait_udp_peer *peer, s64 now)
{
	plait_order_due(peer->order, now);
	plait_udp_release(peer);
	plait_udp_give_ready(peer, now);
}

/**
 * plait_udp_delivery_legs() - other legs than before deliver
 * @peer: its lock is held
 * @now: ns
 *
 * What may leave by that does so with the next packet or deadline.
 */
void plait_udp_delivery_legs(struct plait_udp_peer *peer, s64 now)
{
	u32 live = 0, i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		const struct plait_udp_leg *leg = rcu_dereference_check(peer->leg[i],
									lockdep_is_held(&peer->lock));

		if (leg && leg->running)
			live |= 1u << i;
	}
	plait_order_legs(peer->order, live, now);
}

/**
 * plait_udp_delivery_end() - drop what waits
 * @peer: nothing comes in any more
 */
void plait_udp_delivery_end(struct plait_udp_peer *peer)
{
	struct sk_buff *skb;

	plait_order_flush(peer->order);
	while ((skb = plait_order_release(peer->order)))
		kfree_skb(skb);
	__skb_queue_purge(&peer->ready);
	plait_order_free(peer->order);
}
