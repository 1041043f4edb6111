/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path: packets of established connections are forwarded as they come in; one section a file. */
#ifndef PLAIT_BALANCE_FAST_H
#define PLAIT_BALANCE_FAST_H

#include <linux/ip.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_flow_table.h>

#include "../../uapi/plait_balance.h"

#include "flow.h"

struct dst_entry;

/* fast-routes.c */

/**
 * struct plait_balance_fast_key - what a route by an uplink is for
 * @from: source address
 * @to: destination address
 * @ifindex: where the packet came in
 * @mark: its mark, with the uplink's
 * @tos: type of service
 */
struct plait_balance_fast_key {
	__be32 from;
	__be32 to;
	u32 ifindex;
	u32 mark;
	u8 tos;
};

/**
 * struct plait_balance_fast_routes - routes by uplinks
 * @lock: guards @entries
 * @entries: by the hash of their keys
 */
struct plait_balance_fast_routes {
	spinlock_t lock; /* see above */
	struct plait_balance_fast_route *entries;
};

static inline struct plait_balance_fast_key plait_balance_fast_key_of(const struct sk_buff *skb,
								      const struct net_device *in, u32 mark)
{
	return (struct plait_balance_fast_key){
		.from = ip_hdr(skb)->saddr,
		.to = ip_hdr(skb)->daddr,
		.ifindex = in->ifindex,
		.mark = mark,
		.tos = ip_hdr(skb)->tos,
	};
}

int plait_balance_fast_routes_init(struct plait_balance_fast_routes *routes);
void plait_balance_fast_routes_free(struct plait_balance_fast_routes *routes);
void plait_balance_fast_route_keep(struct plait_balance_fast_routes *routes,
				   const struct plait_balance_fast_key *key, struct dst_entry *dst);
struct dst_entry *plait_balance_fast_route_find(struct plait_balance_fast_routes *routes,
						const struct plait_balance_fast_key *key);

/* fast.c */

/**
 * struct plait_balance_fast_settings - what is asked for
 * @ifindex: devices between which packets take the fast path
 * @count: entries of @ifindex; 0: none does
 * @drop_mark: a packet with this value in the bits of @drop_mask is dropped
 * @drop_mask: 0: none is
 */
struct plait_balance_fast_settings {
	u32 ifindex[PLAIT_BALANCE_FAST_DEVICES_MAX];
	u32 count;
	u32 drop_mark;
	u32 drop_mask;
};

/**
 * struct plait_balance_fast - the fast path of a namespace, from one setting to the next
 * @settings: never changed
 * @table: the connections that are known
 * @routes: of sessions whose packets are given uplinks one by one
 * @net: the namespace
 * @hooked: bits of the entries of @ops that are registered; under RTNL
 * @ops: one for each device
 */
struct plait_balance_fast {
	struct plait_balance_fast_settings settings;
	struct nf_flowtable table;
	struct plait_balance_fast_routes routes;
	struct net *net;
	u64 hooked;
	struct nf_hook_ops ops[PLAIT_BALANCE_FAST_DEVICES_MAX];
};

bool plait_balance_fast_has(const struct plait_balance_fast *fast, const struct net_device *dev);
int plait_balance_fast_set(struct net *net, const struct plait_balance_fast_settings *settings);
void plait_balance_fast_clear(struct net *net);
void plait_balance_fast_device_gone(struct net_device *dev);

/* fast-learn.c */
unsigned int plait_balance_fast_learn(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* fast-balance.c */

/**
 * enum plait_balance_fast_verdict - what becomes of a packet of a known connection
 * @PLAIT_BALANCE_FAST_SEND: it is sent on
 * @PLAIT_BALANCE_FAST_LEAVE: it goes the ordinary way
 * @PLAIT_BALANCE_FAST_FORGET: so does all of its connection, until it is learned anew
 */
enum plait_balance_fast_verdict {
	PLAIT_BALANCE_FAST_SEND,
	PLAIT_BALANCE_FAST_LEAVE,
	PLAIT_BALANCE_FAST_FORGET,
};

enum plait_balance_fast_verdict plait_balance_fast_choose(struct plait_balance_flow *flow,
							  const struct net_device *out,
							  const struct plait_balance_uplink **uplink);
void plait_balance_fast_count(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink);
bool plait_balance_fast_wanders(const struct plait_balance_config *config, const struct nf_conn *ct,
				const struct plait_balance_uplink *home);

/* No device has this interface index. */
#define PLAIT_BALANCE_FAST_UPLINKS INT_MAX

int plait_balance_fast_side(const struct plait_balance_config *config, const struct net_device *dev);
bool plait_balance_fast_belongs(const struct plait_balance_config *config, const struct nf_conn *ct,
				const struct net_device *in, const struct net_device *out);

/* fast-forward.c */
unsigned int plait_balance_fast_ingress(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* PLAIT_BALANCE_FAST_H */
