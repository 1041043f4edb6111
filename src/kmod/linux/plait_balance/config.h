/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.c: what a namespace does.
 *
 * A namespace has one configuration, which packets read under RCU and nobody changes: whoever
 * wants another one publishes a changed copy, under RTNL. What lives longer than one configuration,
 * the meters of the uplinks and the state of the strategy, is pointed to.
 */
#ifndef PLAIT_BALANCE_CONFIG_H
#define PLAIT_BALANCE_CONFIG_H

#include <linux/in6.h>
#include <linux/rcupdate.h>

#include "plait_balance_strategy.h"
#include "../../uapi/plait_balance.h"

#include "meter.h"

struct net;

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

#endif /* PLAIT_BALANCE_CONFIG_H */
