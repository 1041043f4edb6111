// SPDX-License-Identifier: GPL-2.0-only
/*
 * A leg that is no network device: it answers ICMP echo requests itself, and swallows everything else. For tests of what
 * a leg needs no device for. One at a time, set by files in /sys/module/plait_test_leg/parameters:
 *
 *	join		the plait device, of the writer's network namespace, that it is a leg of; empty: none
 *	running		0 or 1: it can carry packets
 *	mtu		bytes
 *	carried		how many packets it was given
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <net/dst.h>

#include "plait_core.h"

static bool plait_test_running = true;
static unsigned int plait_test_mtu = 1300;
static unsigned int plait_test_carried;

/* With RTNL. */
static struct plait_leg *plait_test_leg;

/* Turns an echo request into its reply. Without options, and whole. */
static bool plait_test_answer(struct sk_buff *skb)
{
	struct icmphdr *icmp;
	struct iphdr *ip;

	if (skb->protocol != htons(ETH_P_IP) ||
	    skb_ensure_writable(skb, sizeof(*ip) + sizeof(*icmp)))
		return false;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	ip = ip_hdr(skb);
	icmp = (struct icmphdr *)(ip + 1);
	if (ip->ihl != 5 || ip->protocol != IPPROTO_ICMP || icmp->type != ICMP_ECHO)
		return false;

	swap(ip->saddr, ip->daddr);
	icmp->type = ICMP_ECHOREPLY;
	csum_replace2(&icmp->checksum, htons(ICMP_ECHO << 8), htons(ICMP_ECHOREPLY << 8));
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb->pkt_type = PACKET_HOST;
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

static int plait_test_transmit(struct plait_leg *leg, struct sk_buff *skb)
{
	WRITE_ONCE(plait_test_carried, plait_test_carried + 1);
	if (!plait_test_answer(skb))
		consume_skb(skb);
	else if (plait_leg_receive(leg, skb))
		netif_rx(skb);
	return 0;
}

static bool plait_test_runs(const struct plait_leg *leg)
{
	return READ_ONCE(plait_test_running);
}

static void plait_test_limits(const struct plait_leg *leg, struct plait_leg_limits *limits)
{
	*limits = (struct plait_leg_limits){
		.mtu = plait_test_mtu,
		.gso_size = GSO_LEGACY_MAX_SIZE,
		.gso_segs = GSO_MAX_SEGS,
	};
}

static const char *plait_test_name(const struct plait_leg *leg)
{
	return "echo";
}

static int plait_test_ifindex(const struct plait_leg *leg)
{
	return 0;
}

static void plait_test_release(struct plait_leg *leg)
{
	plait_leg_leave(leg);
	synchronize_net();
	plait_test_leg = NULL;
	plait_leg_uninit(leg);
	kfree(leg);
}

static const struct plait_leg_ops plait_test_ops = {
	.transmit = plait_test_transmit,
	.running = plait_test_runs,
	.limits = plait_test_limits,
	.name = plait_test_name,
	.ifindex = plait_test_ifindex,
	.release = plait_test_release,
};

static int plait_test_enter(struct plait_link *link)
{
	struct plait_leg *leg = kzalloc(sizeof(*leg), GFP_KERNEL);
	int err;

	if (!leg)
		return -ENOMEM;
	err = plait_leg_init(leg, link, &plait_test_ops);
	if (err)
		goto err_alloc;
	err = plait_leg_join(leg, NULL);
	if (err)
		goto err_init;
	plait_test_leg = leg;
	plait_link_fit(link);
	plait_leg_set_running(leg, plait_test_running);
	return 0;

err_init:
	plait_leg_uninit(leg);
err_alloc:
	kfree(leg);
	return err;
}

static void plait_test_quit(void)
{
	struct plait_link *link;

	if (!plait_test_leg)
		return;
	link = plait_test_leg->link;
	plait_test_release(plait_test_leg);
	plait_link_fit(link);
}

static int plait_test_set_join(const char *text, const struct kernel_param *param)
{
	struct net *net = current->nsproxy->net_ns;
	struct plait_link *link;
	struct net_device *dev;
	char name[IFNAMSIZ];
	int err = 0;

	if (strscpy(name, text, sizeof(name)) < 0)
		return -EINVAL;
	rtnl_lock();
	plait_test_quit();
	if (*strim(name)) {
		dev = __dev_get_by_name(net, strim(name));
		err = -ENODEV;
		link = dev ? plait_link_by_index(net, dev->ifindex, &err) : NULL;
		if (link)
			err = plait_test_enter(link);
	}
	rtnl_unlock();
	return err;
}

static int plait_test_get_join(char *text, const struct kernel_param *param)
{
	int length;

	rtnl_lock();
	length = scnprintf(text, PAGE_SIZE, "%s\n",
			   plait_test_leg ? plait_test_leg->link->dev->name : "");
	rtnl_unlock();
	return length;
}

static int plait_test_set_running(const char *text, const struct kernel_param *param)
{
	int err;

	rtnl_lock();
	err = param_set_bool(text, param);
	if (!err && plait_test_leg)
		plait_leg_set_running(plait_test_leg, plait_test_running);
	rtnl_unlock();
	return err;
}

static int plait_test_set_mtu(const char *text, const struct kernel_param *param)
{
	int err;

	rtnl_lock();
	err = param_set_uint(text, param);
	if (!err && plait_test_leg)
		plait_link_fit(plait_test_leg->link);
	rtnl_unlock();
	return err;
}

static const struct kernel_param_ops plait_test_join_ops = {
	.set = plait_test_set_join,
	.get = plait_test_get_join,
};

static const struct kernel_param_ops plait_test_running_ops = {
	.set = plait_test_set_running,
	.get = param_get_bool,
};

static const struct kernel_param_ops plait_test_mtu_ops = {
	.set = plait_test_set_mtu,
	.get = param_get_uint,
};

module_param_cb(join, &plait_test_join_ops, NULL, 0600);
module_param_cb(running, &plait_test_running_ops, &plait_test_running, 0600);
module_param_cb(mtu, &plait_test_mtu_ops, &plait_test_mtu, 0600);
module_param_named(carried, plait_test_carried, uint, 0400);

static int __init plait_test_init(void)
{
	return 0;
}

static void __exit plait_test_exit(void)
{
	rtnl_lock();
	plait_test_quit();
	rtnl_unlock();
}

module_init(plait_test_init);
module_exit(plait_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: a leg that is no network device, for tests");
