// SPDX-License-Identifier: GPL-2.0-only
/* Reads from a packet what the buffer needs to know. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/tcp.h>

#include "buffer.h"

static bool plait_read_v4(const struct sk_buff *skb, struct plait_packet *packet)
{
	const struct iphdr *ip = ip_hdr(skb);

	if (ip->protocol != IPPROTO_TCP || ip->frag_off & htons(IP_OFFSET))
		return false;
	ipv6_addr_set_v4mapped(ip->saddr, &packet->flow.source);
	ipv6_addr_set_v4mapped(ip->daddr, &packet->flow.destination);
	packet->offset = ip->ihl * 4;
	packet->fragment = ip_is_fragment(ip);
	packet->segment.print = (__force u16)ip->id;
	return true;
}

static bool plait_read_v6(const struct sk_buff *skb, struct plait_packet *packet)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	u8 protocol = ip->nexthdr;
	__be16 fragment = 0;
	int offset;

	offset = ipv6_skip_exthdr(skb, sizeof(*ip), &protocol, &fragment);
	if (offset < 0 || protocol != IPPROTO_TCP || fragment & htons(IP6_OFFSET))
		return false;
	packet->flow.source = ip->saddr;
	packet->flow.destination = ip->daddr;
	packet->offset = offset;
	packet->fragment = fragment;
	/* Nothing tells a copy from a retransmission within a tick of the time stamps. */
	packet->segment.print = (u32)ktime_get_ns();
	return true;
}

/* The time stamp option, which nearly always comes first or behind two fillers. */
static void plait_read_time_stamp(const u8 *option, unsigned int length,
				  struct plait_segment *segment)
{
	while (length >= 2 && *option != TCPOPT_EOL) {
		unsigned int size = *option == TCPOPT_NOP ? 1 : option[1];

		if (!size || size > length)
			return;
		if (*option == TCPOPT_TIMESTAMP && size == TCPOLEN_TIMESTAMP) {
			__be32 tsval;

			memcpy(&tsval, option + 2, sizeof(tsval));
			segment->stamped = true;
			segment->tsval = ntohl(tsval);
			return;
		}
		option += size;
		length -= size;
	}
}

/**
 * plait_packet_leg() - take out of a packet what a plait device says of the leg that it came in by
 * @skb: the packet
 *
 * It is written where network cards write their receive queue, with a number that the device does not
 * have, so that nobody mistakes it; and taken away, since on transmit the queue is chosen by it.
 *
 * Return: the leg's slot + 1; 0 when nothing is said.
 */
u32 plait_packet_leg(struct sk_buff *skb)
{
	u32 leg;

	if (!skb_rx_queue_recorded(skb))
		return 0;
	leg = skb_get_rx_queue(skb);
	if (leg < skb->dev->real_num_rx_queues)
		return 0;
	skb_set_queue_mapping(skb, 0);
	return leg;
}

/*
 * By which way a packet came in: the device, the leg of a plait device, and, on an Ethernet, the
 * router that sent it. Several ways that look like one overtake themselves, which shows.
 */
static u32 plait_packet_path(const struct sk_buff *skb, u32 leg)
{
	u32 router = 0;

	if (skb->dev->type == ARPHRD_ETHER && skb_mac_header_was_set(skb) &&
	    skb_mac_header_len(skb) == ETH_HLEN)
		router = jhash(eth_hdr(skb)->h_source, ETH_ALEN, 0);
	/* Zero would mean not known. */
	return jhash_3words(skb->dev->ifindex, leg, router, 0) | 1;
}

/**
 * plait_packet_read() - find out what a packet that came in carries
 * @skb: an IP packet, its network header is at its data
 * @state: the hook that it is at
 * @leg: what plait_packet_leg() said of it
 * @packet: filled in
 *
 * Return: false when it is nothing that has a place in a TCP stream, or begins or ends one.
 */
bool plait_packet_read(const struct sk_buff *skb, const struct nf_hook_state *state, u32 leg,
		       struct plait_packet *packet)
{
	struct { struct tcphdr header; u8 options[MAX_TCP_OPTION_SPACE]; } copy;
	struct plait_segment *segment = &packet->segment;
	const struct tcphdr *tcp;
	unsigned int header;

	memset(packet, 0, sizeof(*packet));
	if (!(state->pf == NFPROTO_IPV4 ? plait_read_v4(skb, packet) : plait_read_v6(skb, packet)))
		return false;

	tcp = skb_header_pointer(skb, packet->offset, sizeof(*tcp), &copy);
	if (!tcp)
		return false;
	header = __tcp_hdrlen(tcp);
	if (header < sizeof(*tcp) || header > skb->len - packet->offset)
		return false;
	tcp = skb_header_pointer(skb, packet->offset, header, &copy);
	if (!tcp)
		return false;

	packet->flow.source_port = tcp->source;
	packet->flow.destination_port = tcp->dest;
	packet->flow.domain = l3mdev_master_ifindex_rcu(skb->dev);
	segment->seq = ntohl(tcp->seq);
	segment->end = segment->seq + skb->len - packet->offset - header + tcp->fin;
	segment->fin = tcp->fin;
	segment->restart = tcp->syn || tcp->rst || packet->fragment;
	plait_read_time_stamp((const u8 *)(tcp + 1), header - sizeof(*tcp), segment);
	if (segment->seq == segment->end && !segment->restart)
		return false;

	segment->packets = max_t(u32, skb_shinfo(skb)->gso_segs, 1);
	segment->print = jhash(tcp, header, segment->print);
	segment->path = plait_packet_path(skb, leg);
	return true;
}

/**
 * plait_packet_sound() - is the checksum of a TCP packet right?
 * @skb: a packet that just came in
 * @packet: as read from it
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * The answer is kept in the packet, so that nobody need sum it again. The first fragment of a packet
 * can not be checked alone.
 *
 * Return: true when it is, or when the network card or the sender in this machine vouches for it.
 */
bool plait_packet_sound(struct sk_buff *skb, const struct plait_packet *packet, u8 family)
{
	return packet->fragment ||
	       !nf_checksum(skb, NF_INET_PRE_ROUTING, packet->offset, IPPROTO_TCP, family);
}
