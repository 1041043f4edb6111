// SPDX-License-Identifier: GPL-2.0-only
/* Datagrams: how they leave, and where one came from. */
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/udp_tunnel.h>

#include "plait_udp.h"

static struct rtable *plait_udp_datagram_route(const struct plait_udp_socket *socket,
					       const struct plait_udp_address *address,
					       struct flowi4 *flow)
{
	struct sock *sk = socket->sock->sk;

	*flow = (struct flowi4){
		.flowi4_oif = address->ifindex,
		.flowi4_proto = IPPROTO_UDP,
		.daddr = address->remote,
		.saddr = address->local,
		.fl4_dport = address->port,
		.fl4_sport = inet_sk(sk)->inet_sport,
	};
	return ip_route_output_flow(sock_net(sk), flow, sk);
}

/**
 * plait_udp_datagram_send() - send a datagram
 * @socket: by which socket
 * @address: where to
 * @skb: its payload, with room in front for the lower headers. It is consumed in any case
 * @whole: packets of up to so many bytes, with their IP header, arrive in one piece, or not at all
 *
 * In an RCU section with bottom halves off. What is larger than @whole may be fragmented on its way; what is larger than
 * the MTU of its device is fragmented here.
 *
 * Return: 0 when it was sent, else it was dropped.
 */
int plait_udp_datagram_send(const struct plait_udp_socket *socket,
			    const struct plait_udp_address *address, struct sk_buff *skb,
			    u32 whole)
{
	u32 length = skb->len + PLAIT_UDP_LOWER_LENGTH;
	struct rtable *route;
	struct flowi4 flow;

	route = plait_udp_datagram_route(socket, address, &flow);
	if (IS_ERR(route)) {
		kfree_skb(skb);
		return PTR_ERR(route);
	}
	/* What the packet inside was marked with is not for this one, and the link has its own counters. */
	skb->mark = 0;
	skb->dev = NULL;
	skb->ignore_df = 1;
	skb_dst_drop(skb);
	udp_tunnel_xmit_skb(route, socket->sock->sk, skb, flow.saddr, flow.daddr, 0,
			    ip4_dst_hoplimit(&route->dst),
			    length <= min(whole, READ_ONCE(route->dst.dev->mtu)) ? htons(IP_DF) : 0,
			    flow.fl4_sport, flow.fl4_dport,
			    false, false);
	return 0;
}

/**
 * plait_udp_datagram_mtu() - the largest packet that the device takes by which datagrams leave
 * @socket: by which socket
 * @address: where to
 *
 * In an RCU section with bottom halves off. Return: bytes, with the IP header.
 */
u32 plait_udp_datagram_mtu(const struct plait_udp_socket *socket,
			   const struct plait_udp_address *address)
{
	struct rtable *route;
	struct flowi4 flow;
	u32 mtu;

	route = plait_udp_datagram_route(socket, address, &flow);
	if (IS_ERR(route))
		return ETH_DATA_LEN;
	mtu = READ_ONCE(route->dst.dev->mtu);
	ip_rt_put(route);
	return mtu;
}

/**
 * plait_udp_datagram_send_bytes() - send a datagram of these bytes
 * @socket: by which socket
 * @address: where to
 * @bytes: payload
 * @length: of it
 *
 * Return: 0 when it was sent.
 */
int plait_udp_datagram_send_bytes(const struct plait_udp_socket *socket,
				  const struct plait_udp_address *address, const u8 *bytes,
				  u32 length)
{
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + PLAIT_UDP_LOWER_LENGTH + length,
					GFP_ATOMIC);
	int err;

	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, LL_MAX_HEADER + PLAIT_UDP_LOWER_LENGTH);
	skb_put_data(skb, bytes, length);
	rcu_read_lock_bh();
	err = plait_udp_datagram_send(socket, address, skb, 0);
	rcu_read_unlock_bh();
	return err;
}

/**
 * plait_udp_datagram_source() - where to answer
 * @skb: a datagram that came in, its transport header still known
 * @address: the source, our address that it was sent to, and the device that it came in by
 */
void plait_udp_datagram_source(const struct sk_buff *skb, struct plait_udp_address *address)
{
	address->remote = ip_hdr(skb)->saddr;
	address->local = ip_hdr(skb)->daddr;
	address->port = udp_hdr(skb)->source;
	address->ifindex = skb->skb_iif;
}
