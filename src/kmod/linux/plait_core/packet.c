// SPDX-License-Identifier: GPL-2.0-only
/* What a packet of the stack, which may be many in one, is on the wire. */
#include <linux/export.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "core.h"

static u32 plait_network_header_len(const struct sk_buff *skb)
{
	const struct iphdr *ip;
	struct iphdr buffer;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		ip = skb_header_pointer(skb, 0, sizeof(buffer), &buffer);
		return ip ? ip->ihl * 4 : 0;
	case htons(ETH_P_IPV6):
		return sizeof(struct ipv6hdr);
	default:
		return 0;
	}
}

/*
 * What each segment repeats in front of its transport header. That is read from the packet, since
 * on receive nobody has set where the transport header is, except where tunnels are nested.
 */
static u32 plait_gso_network_len(const struct sk_buff *skb)
{
	int offset;

	if (!skb->encapsulation)
		return plait_network_header_len(skb);
	offset = skb_inner_transport_offset(skb);
	return offset > 0 && offset <= skb->len ? offset : 0;
}

static u32 plait_gso_header_len(const struct sk_buff *skb)
{
	u32 length = plait_gso_network_len(skb);
	unsigned int type = skb_shinfo(skb)->gso_type;
	const struct tcphdr *tcp;
	struct tcphdr buffer;

	if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
		tcp = skb_header_pointer(skb, length, sizeof(buffer), &buffer);
		return tcp ? length + __tcp_hdrlen(tcp) : length;
	}
	if (type & SKB_GSO_UDP_L4)
		return length + sizeof(struct udphdr);
	return length;
}

/**
 * plait_gso_packet_size() - see plait_packet_size()
 * @skb: a GSO packet; its data begins with the network header
 *
 * Return: number of segments, at least 1, and their bytes.
 */
struct plait_packet_size plait_gso_packet_size(const struct sk_buff *skb)
{
	struct plait_packet_size size = { .packets = 1, .bytes = skb->len };
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	u32 header = min(plait_gso_header_len(skb), skb->len);

	/* Not counted yet where the packet comes from a guest or a socket that may lie. */
	size.packets = shinfo->gso_segs ?: DIV_ROUND_UP(skb->len - header, shinfo->gso_size);
	size.packets = max_t(u32, size.packets, 1);
	size.bytes += (size.packets - 1) * header;
	return size;
}
EXPORT_SYMBOL_GPL(plait_gso_packet_size);
