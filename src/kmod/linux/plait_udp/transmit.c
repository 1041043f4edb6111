// SPDX-License-Identifier: GPL-2.0-only
/* Packets on their way out by a UDP leg: number, seal, send. */
#include <linux/skbuff.h>

#include "plait_udp.h"

/* Makes a packet linear and ours alone, with room for header and tag: it is sealed in place. */
static int plait_udp_make_room(struct sk_buff *skb)
{
	int head = PLAIT_UDP_HEADROOM - skb_headroom(skb), tail;
	int err = skb_linearize(skb);

	if (err)
		return err;
	tail = PLAIT_TAG_LENGTH - skb_tailroom(skb);
	if (!skb_cloned(skb) && head <= 0 && tail <= 0)
		return 0;
	return pskb_expand_head(skb, max(head, 0), max(tail, 0), GFP_ATOMIC);
}

static void plait_udp_seal(struct sk_buff *skb, const struct plait_udp_keys *keys,
			   const struct plait_udp_header *header)
{
	u64 nonce = plait_udp_nonce(header->leg, header->counter);
	u8 *bytes = skb_push(skb, PLAIT_UDP_HEADER_LENGTH);
	u32 length = skb->len;
	u32 ad = keys->sign ? length : PLAIT_UDP_CLEAR_LENGTH;

	plait_udp_write_header(bytes, header);
	skb_put(skb, PLAIT_TAG_LENGTH);
	plait_seal(bytes + ad, bytes + ad, length - ad, bytes, ad, nonce, keys->key.send);
}

/*
 * The keys for a packet, and its number; the lock of the peer is held, so that no number is given twice. NULL: it can
 * not be sent.
 */
static struct plait_udp_keys *plait_udp_number(struct plait_udp_peer *peer,
					       struct plait_udp_header *header, u32 bytes, s64 now)
{
	struct plait_udp_keys *keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);
	struct plait_udp_way *way;

	if (!keys || !plait_session_sends(&peer->session, now))
		return NULL;
	way = plait_udp_way(keys, header->leg);
	if (!way || way->sent.next >= PLAIT_UDP_COUNTER_END)
		return NULL;
	header->index = keys->remote_index;
	header->counter = way->sent.next;
	header->sent = plait_udp_time(now);
	plait_sent_count(&way->sent, now, bytes, header->type == PLAIT_UDP_DATA);
	plait_session_counted(&peer->session, now, way->sent.next);
	return keys;
}

/**
 * plait_udp_number_packet() - &plait_leg_ops.number
 * @leg: the leg
 * @skb: the packet
 * @ordered: it is to come after the one before it of its flow
 */
void plait_udp_number_packet(struct plait_leg *leg, struct sk_buff *skb, bool ordered)
{
	struct plait_udp_peer *peer = container_of(leg, struct plait_udp_leg, leg)->peer;
	struct plait_packet_number *number = plait_packet_number(skb);
	struct plait_udp_header header;
	u32 hash = skb_get_hash(skb);

	spin_lock(&peer->lock);
	plait_order_number(&peer->sender, hash, ordered, &header);
	spin_unlock(&peer->lock);
	number->sequence = header.sequence;
	number->after = header.after;
	number->numbered = true;
}

/**
 * plait_udp_transmit() - &plait_leg_ops.transmit
 * @leg: the leg
 * @skb: the packet
 *
 * Return: 0 when it was sent.
 */
int plait_udp_transmit(struct plait_leg *leg, struct sk_buff *skb)
{
	struct plait_udp_leg *udp = container_of(leg, struct plait_udp_leg, leg);
	struct plait_packet_number *number = plait_packet_number(skb);
	struct plait_udp_peer *peer = udp->peer;
	struct plait_udp_address address;
	struct plait_udp_header header;
	struct plait_udp_keys *keys;
	s64 now = plait_udp_now();
	u32 whole;

	/* The link announces no offloads while it has such a leg. */
	if (unlikely(skb_is_gso(skb)) ||
	    (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)))
		goto drop;
	/* A scheduler without flow control leaves it to us. */
	if (!number->numbered)
		plait_udp_number_packet(leg, skb, true);
	if (plait_udp_make_room(skb))
		goto drop;
	header = (struct plait_udp_header){
		.type = PLAIT_UDP_DATA, .leg = udp->number, .sequence = number->sequence,
		.after = number->after, .flags = number->overtaking ? PLAIT_UDP_RESENT : 0,
	};
	spin_lock(&peer->lock);
	keys = plait_udp_number(peer, &header, skb->len + PLAIT_UDP_OVERHEAD, now);
	if (keys && number->serial)
		plait_serials_sent(&keys->way[udp->number]->serials, header.counter, number->serial);
	address = udp->address;
	whole = plait_udp_path_mtu_left(udp, skb->len + PLAIT_UDP_OVERHEAD, now);
	plait_udp_timer_set(peer, now + plait_patience(-1));
	spin_unlock(&peer->lock);
	if (!keys)
		goto drop;
	plait_udp_seal(skb, keys, &header);
	return plait_udp_datagram_send(udp->socket, &address, skb, whole);
drop:
	kfree_skb(skb);
	return -ENOBUFS;
}

/**
 * plait_udp_send_control() - send a CONTROL message
 * @leg: by this leg
 * @address: to there
 * @blocks: the blocks
 * @length: of them
 * @whole: see plait_udp_datagram_send()
 *
 * In an RCU section with bottom halves off, without the lock of the peer.
 *
 * Return: 0 when it was sent.
 */
int plait_udp_send_control(struct plait_udp_leg *leg, const struct plait_udp_address *address,
			   const u8 *blocks, u32 length, u32 whole)
{
	struct plait_udp_header header = { .type = PLAIT_UDP_CONTROL, .leg = leg->number };
	struct sk_buff *skb = alloc_skb(PLAIT_UDP_HEADROOM + length + PLAIT_TAG_LENGTH, GFP_ATOMIC);
	struct plait_udp_peer *peer = leg->peer;
	struct plait_udp_keys *keys;

	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, PLAIT_UDP_HEADROOM);
	skb_put_data(skb, blocks, length);
	spin_lock(&peer->lock);
	keys = plait_udp_number(peer, &header, length + PLAIT_UDP_OVERHEAD, plait_udp_now());
	spin_unlock(&peer->lock);
	if (!keys) {
		kfree_skb(skb);
		return -ENOKEY;
	}
	plait_udp_seal(skb, keys, &header);
	return plait_udp_datagram_send(leg->socket, address, skb, whole);
}
