// SPDX-License-Identifier: GPL-2.0-only
/* The TCP header of a packet, as the portable core wants it. */
#include <linux/bitops.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "plait_link.h"

/* IPv4 addresses as IPv6 ones, ::ffff:a.b.c.d, in the byte order of the wire. */
static void plait_map_address(u32 *words, __be32 address)
{
	words[0] = 0;
	words[1] = 0;
	words[2] = 0xffff;
	words[3] = (__force u32)address;
}

static int plait_ipv4_tcp_offset(const struct sk_buff *skb, struct plait_flow_key *key)
{
	const struct iphdr *ip;
	struct iphdr buffer;

	ip = skb_header_pointer(skb, 0, sizeof(buffer), &buffer);
	if (!ip || ip->protocol != IPPROTO_TCP || ip_is_fragment(ip))
		return -1;
	plait_map_address(key->source, ip->saddr);
	plait_map_address(key->destination, ip->daddr);
	return ip->ihl * 4;
}

static int plait_ipv6_tcp_offset(const struct sk_buff *skb, struct plait_flow_key *key)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr buffer;
	__be16 fragment;
	int offset;
	u8 next;

	ip = skb_header_pointer(skb, 0, sizeof(buffer), &buffer);
	if (!ip)
		return -1;
	next = ip->nexthdr;
	offset = ipv6_skip_exthdr(skb, sizeof(*ip), &next, &fragment);
	if (offset < 0 || next != IPPROTO_TCP || fragment)
		return -1;
	memcpy(key->source, &ip->saddr, sizeof(key->source));
	memcpy(key->destination, &ip->daddr, sizeof(key->destination));
	return offset;
}

/**
 * plait_read_segment() - read the TCP header of a packet
 * @skb: its data begins with the network header
 * @tcp: filled in
 *
 * Return: false when it is not TCP, or a fragment, or broken; @tcp is then not to be used.
 */
bool plait_read_segment(const struct sk_buff *skb, struct plait_tcp *tcp)
{
	u8 buffer[60];
	const u8 *header;
	int offset = -1;
	u32 length;

	if (skb->protocol == htons(ETH_P_IP))
		offset = plait_ipv4_tcp_offset(skb, &tcp->key);
	else if (skb->protocol == htons(ETH_P_IPV6))
		offset = plait_ipv6_tcp_offset(skb, &tcp->key);
	if (offset < 0)
		return false;

	header = skb_header_pointer(skb, offset, sizeof(struct tcphdr), buffer);
	if (!header)
		return false;
	length = max_t(u32, plait_tcp_header_length(header), sizeof(struct tcphdr));
	header = skb_header_pointer(skb, offset, length, buffer);
	return header && plait_tcp_parse(tcp, header, length, skb->len - offset);
}

/**
 * plait_reverse_segment() - look at a header that came in from our side of the connection
 * @tcp: its key is turned round
 */
void plait_reverse_segment(struct plait_tcp *tcp)
{
	struct plait_flow_key *key = &tcp->key;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(key->source); i++)
		swap(key->source[i], key->destination[i]);
	key->ports = ror32(key->ports, 16);
}
