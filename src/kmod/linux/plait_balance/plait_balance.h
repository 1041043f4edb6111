/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of plait_balance.ko; one section a file.
 *
 * A namespace has one configuration, which packets read under RCU and nobody changes: whoever
 * wants another one publishes a changed copy, under RTNL. What lives longer than one configuration,
 * the meters of the uplinks and the state of the strategy, is pointed to.
 */
#ifndef PLAIT_BALANCE_PRIVATE_H
#define PLAIT_BALANCE_PRIVATE_H

#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/sysctl.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netlink.h>

#include "plait_balance_strategy.h"
#include "../../core/balance/estimate.h"
#include "../../uapi/plait_balance.h"

struct net;
struct net_device;
struct netlink_ext_ack;

/* meter.c */

/**
 * enum plait_balance_count - counters of an uplink
 * @PLAIT_BALANCE_TX_PACKETS: see enum plait_balance_uplink_attr, and so for the others
 */
enum plait_balance_count {
	PLAIT_BALANCE_TX_PACKETS,
	PLAIT_BALANCE_TX_BYTES,
	PLAIT_BALANCE_RX_PACKETS,
	PLAIT_BALANCE_RX_BYTES,
	PLAIT_BALANCE_ASSIGNED,
	PLAIT_BALANCE_MOVED,
	PLAIT_BALANCE_ENDED,
	PLAIT_BALANCE_TCP_SEGMENTS,
	PLAIT_BALANCE_TCP_RETRANSMITTED,
	PLAIT_BALANCE_COUNTS,
};

/**
 * struct plait_balance_counts - counters of an uplink on one CPU, written with bottom halves off
 * @count: by enum plait_balance_count
 * @syncp: makes them readable on 32-bit machines
 */
struct plait_balance_counts {
	u64_stats_t count[PLAIT_BALANCE_COUNTS];
	struct u64_stats_sync syncp;
};

/**
 * struct plait_balance_meter - what was measured on an uplink, over all configurations that have it
 * @counts: counters
 * @estimate: rates; under &plait_balance_net.lock
 */
struct plait_balance_meter {
	struct plait_balance_counts __percpu *counts;
	struct plait_estimate estimate;
};

struct plait_balance_meter *plait_balance_meter_alloc(void);
void plait_balance_meter_free(struct plait_balance_meter *meter);
void plait_balance_meter_totals(const struct plait_balance_meter *meter, u64 totals[PLAIT_BALANCE_COUNTS]);
void plait_balance_count(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount);
void plait_balance_count_two(struct plait_balance_meter *meter, enum plait_balance_count what, u32 amount,
			     enum plait_balance_count also, u32 also_amount);

/* config.c */

/**
 * struct plait_balance_uplink - one uplink in one configuration
 * @ifindex: its device, which need not be there
 * @mark: its value in the bits of the mask
 * @slot: its number for the strategy
 * @weight: PLAIT_BALANCE_WEIGHT_MIN to _MAX
 * @up: bit/s that it can send, 0 when unknown
 * @down: bit/s that it can receive, 0 when unknown
 * @alive: carries packets, as far as we were told
 * @running: its device is up and has carrier
 * @nat: its sessions cannot leave it
 * @header: bytes that its device puts in front of each packet
 * @meter: what was measured
 */
struct plait_balance_uplink {
	u32 ifindex;
	u32 mark;
	u32 slot;
	u32 weight;
	u64 up;
	u64 down;
	bool alive;
	bool running;
	bool nat;
	u32 header;
	struct plait_balance_meter *meter;
};

/**
 * struct plait_balance_exclude - a network that is no destination to balance
 * @address: its address, an IPv4 one in the first word
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @length: bits of its prefix
 */
struct plait_balance_exclude {
	struct in6_addr address;
	u8 family;
	u8 length;
};

/**
 * struct plait_balance_config - what a namespace does
 * @mask: the bits of marks that are ours
 * @dead_sessions: enum plait_balance_dead_sessions
 * @live: bits of the slots of the uplinks that may be chosen
 * @free: bits of the slots in @live that a session in progress may come to: those without NAT
 * @local: local traffic is balanced
 * @all_inputs: all devices but uplinks are
 * @uplink_count: entries of @uplinks
 * @input_count: entries of @inputs
 * @exclude_count: entries of @excludes
 * @uplinks: in the order in which they were set
 * @inputs: interface indices of the devices whose traffic is balanced
 * @excludes: destinations that are not
 * @strategy: chooses uplinks
 * @state: what the strategy remembers; but for keep() under &plait_balance_net.lock
 * @rcu: frees the configuration
 */
struct plait_balance_config {
	u32 mask;
	u32 dead_sessions;
	u32 live;
	u32 free;
	bool local;
	bool all_inputs;
	u32 uplink_count;
	u32 input_count;
	u32 exclude_count;
	struct plait_balance_uplink uplinks[PLAIT_BALANCE_UPLINKS_MAX];
	u32 inputs[PLAIT_BALANCE_INPUTS_MAX];
	struct plait_balance_exclude excludes[PLAIT_BALANCE_EXCLUDES_MAX];
	const struct plait_balance_strategy *strategy;
	void *state;
	struct rcu_head rcu;
};

static inline bool plait_balance_is_live(const struct plait_balance_uplink *uplink)
{
	return uplink->alive && uplink->running;
}

const struct plait_balance_uplink *plait_balance_by_mark(const struct plait_balance_config *config, u32 mark);
const struct plait_balance_uplink *plait_balance_by_slot(const struct plait_balance_config *config, int slot);
const struct plait_balance_uplink *plait_balance_by_index(const struct plait_balance_config *config,
							  u32 ifindex);
struct plait_balance_config *plait_balance_config_copy(const struct plait_balance_config *config);
void plait_balance_config_publish(struct net *net, struct plait_balance_config *config);
int plait_balance_config_set(struct net *net, struct plait_balance_config *config);
void plait_balance_config_clear(struct net *net);
int plait_balance_set_strategy(struct net *net, const char *name);

/* strategy.c */
int plait_balance_strategies_init(void);
void plait_balance_strategies_uninit(void);
const struct plait_balance_strategy *plait_balance_strategy_get(const char *name);
void plait_balance_strategy_put(const struct plait_balance_strategy *strategy);

/* sessions.c */

/**
 * struct plait_balance_sessions - how many connections are on each uplink
 * @lock: guards all of it; taken outside of RTNL
 * @counted: in jiffies, when they were counted; 0: never
 * @mask: the bits of marks that were looked at
 * @mark: those of each uplink
 * @count: connections that have them
 * @uplinks: entries of both
 */
struct plait_balance_sessions {
	struct mutex lock; /* see above */
	unsigned long counted;
	u32 mask;
	u32 mark[PLAIT_BALANCE_UPLINKS_MAX];
	u32 count[PLAIT_BALANCE_UPLINKS_MAX];
	u32 uplinks;
};

void plait_balance_sessions_init(struct plait_balance_sessions *sessions);
void plait_balance_sessions_count(struct net *net);
const u32 *plait_balance_sessions_on(const struct plait_balance_sessions *sessions, u32 mask, u32 mark);

/* netns.c */

/**
 * struct plait_balance_net - what a namespace has
 * @config: what it does; NULL: nothing is balanced. Written under RTNL
 * @lock: guards the state of the strategy and the estimates; taken by packets with bottom halves off
 * @strategy: of the configuration, or of the one to come; under RTNL
 * @hooks_lock: guards @hooked, and is taken before RTNL
 * @hooked: the hooks are registered
 * @sessions: as of the last time that somebody asked
 * @sampler: takes the samples
 * @net: the namespace
 * @sysctl: the folder in /proc
 * @table: the files there
 */
struct plait_balance_net {
	struct plait_balance_config __rcu *config;
	spinlock_t lock; /* see above */
	const struct plait_balance_strategy *strategy;
	struct mutex hooks_lock; /* see above */
	bool hooked;
	struct plait_balance_sessions sessions;
	struct delayed_work sampler;
	struct net *net;
	struct ctl_table_header *sysctl;
	struct ctl_table table[2];
};

int plait_balance_netns_init(void);
void plait_balance_netns_uninit(void);
struct plait_balance_net *plait_balance_net(struct net *net);

/* flow.c */

/**
 * struct plait_balance_flow - a packet on its way through a hook, and the session that it belongs to
 * @state: the hook
 * @balancer: the namespace's part
 * @config: what to do
 * @skb: the packet
 * @ct: its connection; NULL when it is not tracked
 * @direction: of the packet within the connection, if any
 * @error: the packet is an ICMP error about the connection, or the first one of another that it expects
 * @packet: what the strategy sees of it
 * @peer: the address beyond the uplink
 * @packets: packets that it is on the wire
 */
struct plait_balance_flow {
	const struct nf_hook_state *state;
	struct plait_balance_net *balancer;
	const struct plait_balance_config *config;
	struct sk_buff *skb;
	struct nf_conn *ct;
	enum ip_conntrack_dir direction;
	bool error;
	struct plait_balance_packet packet;
	struct plait_balance_address peer;
	u32 packets;
};

void plait_balance_flow_init(struct plait_balance_flow *flow, const struct plait_balance_config *config,
			     struct sk_buff *skb, const struct nf_hook_state *state, bool outgoing);
void plait_balance_flow_passed(struct plait_balance_flow *flow,
			       const struct plait_balance_uplink *uplink);
u32 plait_balance_flow_bytes(const struct plait_balance_flow *flow,
			     const struct plait_balance_uplink *uplink);
u32 plait_balance_session_mark(const struct plait_balance_flow *flow);
void plait_balance_session_remember(const struct plait_balance_flow *flow, u32 value);
bool plait_balance_session_may_move(const struct plait_balance_flow *flow,
				    const struct plait_balance_uplink *from);

/* decide.c */

/**
 * enum plait_balance_verdict - what becomes of a packet
 * @PLAIT_BALANCE_LEAVE_ALONE: it is none of ours
 * @PLAIT_BALANCE_STAY: it leaves by the uplink of its session, or by any, when chosen per packet
 * @PLAIT_BALANCE_BEGIN: its session begins on the uplink
 * @PLAIT_BALANCE_MOVE: its session goes on by the uplink
 * @PLAIT_BALANCE_END: its session is over
 */
enum plait_balance_verdict {
	PLAIT_BALANCE_LEAVE_ALONE,
	PLAIT_BALANCE_STAY,
	PLAIT_BALANCE_BEGIN,
	PLAIT_BALANCE_MOVE,
	PLAIT_BALANCE_END,
};

enum plait_balance_verdict plait_balance_decide(struct plait_balance_flow *flow, bool choosing,
						const struct plait_balance_uplink **uplink);

/* destination.c */
enum plait_balance_way {
	PLAIT_BALANCE_BY_UPLINK,
	PLAIT_BALANCE_ELSEWHERE,
	PLAIT_BALANCE_NO_ROUTE,
};

enum plait_balance_way plait_balance_way(const struct plait_balance_flow *flow);

/* end.c */
unsigned int plait_balance_end(struct plait_balance_flow *flow, const struct plait_balance_uplink *uplink);

/* tcp.c */
void plait_balance_observe_tcp(const struct plait_balance_flow *flow,
			       const struct plait_balance_uplink *uplink);

/* hooks.c */
int plait_balance_hooks_enable(struct net *net);
void plait_balance_hooks_disable(struct net *net);

/* sampler.c */
void plait_balance_sampler_init(struct plait_balance_net *balancer);
void plait_balance_sampler_start(struct plait_balance_net *balancer);
void plait_balance_sampler_stop(struct plait_balance_net *balancer);

/* notify.c */
int plait_balance_notify_init(void);
void plait_balance_notify_uninit(void);

/* sysctl.c */
int plait_balance_sysctl_add(struct plait_balance_net *balancer);
void plait_balance_sysctl_remove(struct plait_balance_net *balancer);

/* netlink.c */
int plait_balance_netlink_init(void);
void plait_balance_netlink_uninit(void);
void plait_balance_netlink_event(struct net *net, enum plait_balance_event event,
				 const struct plait_balance_uplink *uplink);

/* netlink_show.c */
int plait_balance_put_config(struct sk_buff *msg, struct net *net,
			     const struct plait_balance_sessions *sessions);
int plait_balance_put_uplink(struct sk_buff *msg, struct net *net, const struct plait_balance_uplink *uplink,
			     const u32 *sessions);

/* netlink_parse.c */
extern const struct nla_policy plait_balance_config_policy[PLAIT_BALANCE_A_UPLINKS + 1];
extern const struct nla_policy plait_balance_uplink_set_policy[PLAIT_BALANCE_A_UPLINKS + 1];
extern const struct nla_policy plait_balance_strategy_set_policy[PLAIT_BALANCE_A_STRATEGY + 1];
int plait_balance_parse_config(struct net *net, struct nlattr *attrs[], struct plait_balance_config *config,
			       struct netlink_ext_ack *extack);
int plait_balance_parse_changes(struct nlattr *attrs[], struct plait_balance_config *config,
				struct netlink_ext_ack *extack);

#endif /* PLAIT_BALANCE_PRIVATE_H */
