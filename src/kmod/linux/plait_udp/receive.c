// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams on their way in. Until one is authenticated nothing is changed by it but a counter of bad ones: what is cheap is
 * looked at first, then the tag, and only then its number is marked as seen.
 */
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/sock.h>

#include "plait_udp.h"

/* While the keys are not older than that they are good, both ways. */
static bool plait_udp_keys_good(const struct plait_udp_keys *keys, s64 now)
{
	/* Before the keys; written when they are there. */
	return smp_load_acquire(&keys->agreed) && now - keys->made < PLAIT_REJECT_AFTER_TIME;
}

/* Could it be new? Completes the counter. */
static bool plait_udp_possible(struct plait_udp_peer *peer, struct plait_udp_keys *keys,
			       struct plait_udp_header *header)
{
	const struct plait_udp_way *way;
	bool possible = true;

	spin_lock_bh(&peer->lock);
	/* The first packet of a leg has all of its counter. No memory is taken before it is authentic. */
	way = keys->way[header->leg];
	if (way) {
		header->counter = plait_replay_extend(&way->replay, (u32)header->counter);
		possible = plait_replay_possible(&way->replay, header->counter);
	}
	if (!possible)
		peer->replayed++;
	spin_unlock_bh(&peer->lock);
	return possible;
}

static bool plait_udp_authentic(const struct plait_udp_keys *keys,
				const struct plait_udp_header *header, struct sk_buff *skb)
{
	u64 nonce = plait_udp_nonce(header->leg, header->counter);
	u32 ad = keys->sign ? skb->len - PLAIT_TAG_LENGTH : PLAIT_UDP_CLEAR_LENGTH;

	return plait_open(skb->data + ad, skb->data + ad, skb->len - ad, skb->data, ad, nonce,
			  keys->key.receive);
}

/* A leg that is not there yet: to be made in a process. Only where others may find us. */
static void plait_udp_heard(struct plait_udp_peer *peer, const struct plait_udp_socket *socket,
			    u32 number, const struct plait_udp_address *source)
{
	if (peer->listen != socket)
		return;
	peer->heard |= 1u << number;
	peer->heard_at[number] = *source;
	plait_udp_peer_wake(peer);
}

/*
 * What follows for the leg from an authentic packet; the lock of the peer is held. The newest packet says where the
 * far end is. Another address than before is asked first, since who copies a packet could have sent it from there; but
 * not when nothing comes from the old one: then it has moved. Returns whether the new address is to be asked.
 */
static bool plait_udp_leg_heard(struct plait_udp_leg *leg, bool newest, s64 now,
				const struct plait_udp_address *source)
{
	struct plait_udp_address *address = &leg->address;

	if (source->remote == address->remote && source->port == address->port) {
		leg->heard_at = now;
		/* It may come by another device, or to another address of ours. */
		if (!leg->set)
			*address = *source;
		return false;
	}
	if (!newest)
		return false;
	if (now - leg->heard_at >= PLAIT_UDP_MOVED_AFTER) {
		plait_udp_leg_moves(leg, source);
		leg->heard_at = now;
		return false;
	}
	/* The answer comes from there, too: one question at a time. */
	if (source->remote == leg->candidate.remote && source->port == leg->candidate.port &&
	    now - leg->asked_at < PLAIT_UDP_MOVED_AFTER)
		return false;
	leg->candidate = *source;
	leg->asked_at = now;
	return true;
}

/**
 * struct plait_udp_booked - what follows from an authentic packet
 * @now: when it came, ns
 * @source: where from
 * @leg: its leg; NULL: it is to be dropped
 * @ask: @source is to be asked whether it is the far end's
 * @report: a report is due
 */
struct plait_udp_booked {
	s64 now;
	struct plait_udp_address source;
	struct plait_udp_leg *leg;
	bool ask;
	bool report;
};

/* Takes an authentic packet into the books; the lock of the peer is held. */
static void plait_udp_book(struct plait_udp_socket *socket, struct plait_udp_keys *keys,
			   const struct plait_udp_header *header, u32 bytes,
			   struct plait_udp_booked *booked)
{
	struct plait_udp_peer *peer = rcu_dereference(keys->peer);
	struct plait_udp_leg *leg;
	struct plait_udp_way *way;
	s64 now = booked->now;
	bool newest;
	s64 due;

	/* Given up, or another CPU had the same packet. */
	way = peer ? plait_udp_way(keys, header->leg) : NULL;
	if (!way || !plait_replay_possible(&way->replay, header->counter))
		return;
	newest = header->counter >= way->replay.next;
	plait_replay_mark(&way->replay, header->counter);
	if (keys == plait_udp_keys_locked(peer, PLAIT_UDP_NEXT)) {
		plait_udp_keys_use(peer, keys);
		plait_udp_legs_update(peer, now);
		plait_udp_peer_wake(peer);
	}
	leg = rcu_dereference(peer->leg[header->leg]);
	if (!leg) {
		plait_udp_heard(peer, socket, header->leg, &booked->source);
		return;
	}
	booked->leg = leg;
	booked->ask = plait_udp_leg_heard(leg, newest, now, &booked->source);
	if (header->type == PLAIT_UDP_CONTROL)
		plait_order_heard(peer->order, now, header);
	plait_received_count(&way->received, now, header, bytes);
	due = plait_received_due(&way->received);
	booked->report = due <= now;
	if (!booked->report)
		plait_udp_timer_set(peer, due);
}

static void plait_udp_opened(struct plait_udp_socket *socket, struct plait_udp_keys *keys,
			     struct plait_udp_header *header, struct sk_buff *skb)
{
	struct plait_udp_booked booked = { .now = plait_udp_now() };
	struct plait_udp_peer *peer = rcu_dereference(keys->peer);
	u32 arrived = skb->len;

	plait_udp_read_sealed(skb->data, header);
	plait_udp_datagram_source(skb, &booked.source);
	if (peer) {
		spin_lock_bh(&peer->lock);
		plait_udp_book(socket, keys, header, arrived, &booked);
		spin_unlock_bh(&peer->lock);
	}
	if (!booked.leg) {
		kfree_skb(skb);
		return;
	}
	if (booked.ask)
		plait_udp_control_ask(booked.leg, &booked.source);

	skb_pull(skb, PLAIT_UDP_HEADER_LENGTH);
	skb_trim(skb, skb->len - PLAIT_TAG_LENGTH);
	if (header->type == PLAIT_UDP_DATA) {
		plait_udp_deliver(booked.leg, header, skb, booked.now);
	} else {
		plait_udp_control(booked.leg, keys, &booked.source, arrived, skb->data, skb->len);
		consume_skb(skb);
	}
	if (booked.report)
		plait_udp_control_report(peer, booked.now);
}

/* DATA and CONTROL. */
static void plait_udp_packet(struct plait_udp_socket *socket, struct sk_buff *skb)
{
	struct plait_udp_header header;
	struct plait_udp_peer *peer;
	struct plait_udp_keys *keys;

	plait_udp_read_clear(skb->data, &header);
	keys = plait_udp_keys_by_index(socket->pn, header.index);
	peer = keys ? rcu_dereference(keys->peer) : NULL;
	if (!peer || !plait_udp_socket_is_for(socket, peer) ||
	    !plait_udp_keys_good(keys, plait_udp_now()) ||
	    !plait_udp_possible(peer, keys, &header))
		goto drop;
	if (!plait_udp_authentic(keys, &header, skb)) {
		spin_lock_bh(&peer->lock);
		peer->bad++;
		spin_unlock_bh(&peer->lock);
		goto drop;
	}
	plait_udp_opened(socket, keys, &header, skb);
	return;
drop:
	kfree_skb(skb);
}

/**
 * plait_udp_receive() - a datagram came to a socket of ours
 * @sk: the socket
 * @skb: the datagram, its data begins with the UDP header
 *
 * In softirq and an RCU section.
 *
 * Return: 0, it is consumed.
 */
int plait_udp_receive(struct sock *sk, struct sk_buff *skb)
{
	struct plait_udp_socket *socket = rcu_dereference_sk_user_data(sk);

	if (unlikely(!socket))
		goto drop;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return 0;
	/* Linear, and nobody else's: it is opened in place. */
	if (skb_linearize(skb) || skb_ensure_writable(skb, skb->len))
		goto drop;
	skb_pull(skb, sizeof(struct udphdr));
	switch (plait_udp_type_of(skb->data, skb->len)) {
	case PLAIT_UDP_DATA:
	case PLAIT_UDP_CONTROL:
		plait_udp_packet(socket, skb);
		return 0;
	case PLAIT_UDP_INIT:
	case PLAIT_UDP_RESPONSE:
	case PLAIT_UDP_COOKIE:
		plait_udp_handshake_queue(socket, skb);
		return 0;
	default:
		goto drop;
	}
drop:
	kfree_skb(skb);
	return 0;
}
