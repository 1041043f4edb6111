// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel takes to forward a packet: from where a driver hands it over to where another one takes it. Drivers, cards
 * and wires are not part of it; what routes, tunnels and plait devices do in between is up to who has set them up.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "calibrate.h"

/* Packets of a sample: as many as the kernel takes from a card at once. */
#define BATCH 64
/* Samples that only fill caches. */
#define WARM_UP 10
/* Of which the packets are, each from another host to another. */
#define FLOWS 10
#define HEADERS (sizeof(struct iphdr) + sizeof(struct udphdr))
#define MOST_BYTES 1500
/* 10.1.0.2 and 10.2.0.2, the first of them. */
#define FROM 0x0a010002
#define TO 0x0a020002
#define PORT 9

static struct sk_buff *make_packet(struct net_device *dev, u32 bytes, u32 flow)
{
	/* As a driver makes it. */
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, ETH_HLEN + bytes);
	struct ethhdr *eth;
	struct iphdr *ip;
	struct udphdr *udp;

	if (!skb)
		return NULL;
	eth = skb_put_zero(skb, ETH_HLEN + bytes);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	eth->h_proto = htons(ETH_P_IP);
	ip = (struct iphdr *)(eth + 1);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(bytes);
	ip->frag_off = htons(IP_DF);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htonl(FROM + flow);
	ip->daddr = htonl(TO + flow);
	ip_send_check(ip);
	/* A checksum of 0: it has none. */
	udp = (struct udphdr *)(ip + 1);
	udp->source = htons(10000 + flow);
	udp->dest = htons(PORT);
	udp->len = htons(bytes - sizeof(*ip));
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}

static int make_batch(struct sk_buff_head *batch, struct net_device *dev, u32 bytes)
{
	u32 i;

	for (i = 0; i < BATCH; i++) {
		struct sk_buff *skb = make_packet(dev, bytes, i % FLOWS);

		if (!skb) {
			__skb_queue_purge(batch);
			return -ENOMEM;
		}
		__skb_queue_tail(batch, skb);
	}
	return 0;
}

static struct plait_time receive_batch(struct sk_buff_head *batch)
{
	struct plait_time begin, took;
	struct sk_buff *skb;

	local_bh_disable();
	begin = plait_time_now();
	while ((skb = __skb_dequeue(batch)))
		netif_receive_skb(skb);
	took = plait_time_since(begin);
	local_bh_enable();
	return took;
}

static u64 sent_by(struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	return dev_get_stats(dev, &stats)->tx_packets;
}

static int measure(struct net_device *from, struct net_device *to, u32 bytes)
{
	struct plait_time *samples = kmalloc_array(PLAIT_SAMPLES, sizeof(*samples), GFP_KERNEL);
	const u32 rounds = WARM_UP + PLAIT_SAMPLES;
	struct sk_buff_head batch;
	u64 before, came;
	int err = 0;
	u32 i;

	if (!samples)
		return -ENOMEM;
	__skb_queue_head_init(&batch);
	before = sent_by(to);
	for (i = 0; !err && i < rounds; i++) {
		err = make_batch(&batch, from, bytes);
		if (!err) {
			struct plait_time took = receive_batch(&batch);

			if (i >= WARM_UP)
				samples[i - WARM_UP] = took;
		}
		cond_resched();
	}
	came = sent_by(to) - before;
	if (!err && came != (u64)rounds * BATCH) {
		pr_err("plait_calibrate: of %u packets %llu left by %s\n", rounds * BATCH, came, to->name);
		err = -EPIPE;
	}
	if (!err)
		plait_report_times("packet", samples, BATCH);
	kfree(samples);
	return err;
}

/**
 * plait_calibrate_packets() - forwards packets, and reports what each takes
 * @in: device that they come in by, in the namespace of who loads the module
 * @out: device that all of them leave by
 * @bytes: of an IPv4 packet
 */
int plait_calibrate_packets(const char *in, const char *out, u32 bytes)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *from, *to;
	int err = -ENODEV;

	if (bytes < HEADERS || bytes > MOST_BYTES)
		return -ERANGE;
	if (!in || !out)
		return -EINVAL;
	from = dev_get_by_name(net, in);
	to = dev_get_by_name(net, out);
	if (from && to)
		err = measure(from, to, bytes);
	dev_put(to);
	dev_put(from);
	return err;
}
