/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receive-side buffer: TCP segments that came in by several paths are put in order again before
 * they are routed or delivered. One section a file.
 *
 * A packet takes this way: hook.c sees it last at PRE_ROUTING, segment.c reads it, connection.c
 * finds its connection, ../../../core/resequence.c decides, and hold.c keeps and delivers it.
 */
#ifndef PLAIT_BUFFER_PRIVATE_H
#define PLAIT_BUFFER_PRIVATE_H

#include <linux/hrtimer.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>

#include "../core.h"
#include "../../../core/resequence.h"

/* Connections: a table of sets. A new connection takes the place of the idlest of its set. */
#define PLAIT_BUFFER_SETS 1024
#define PLAIT_BUFFER_WAYS 4

/* segment.c */
/**
 * struct plait_flow - one direction of a TCP connection
 * @source: address; IPv4 mapped
 * @destination: same
 * @source_port: port
 * @destination_port: same
 * @domain: index of the VRF device that addresses are known in, 0 without; has no padding behind it
 */
struct plait_flow {
	struct in6_addr source;
	struct in6_addr destination;
	__be16 source_port;
	__be16 destination_port;
	u32 domain;
};

/**
 * struct plait_packet - a TCP packet
 * @flow: the connection and direction that it is of
 * @segment: what it carries
 * @offset: of the TCP header, in bytes
 * @fragment: it is the first fragment of one
 */
struct plait_packet {
	struct plait_flow flow;
	struct plait_segment segment;
	unsigned int offset;
	bool fragment;
};

u32 plait_packet_leg(struct sk_buff *skb);
bool plait_packet_read(const struct sk_buff *skb, const struct nf_hook_state *state, u32 leg,
		       struct plait_packet *packet);
bool plait_packet_sound(struct sk_buff *skb, const struct plait_packet *packet, u8 family);

/* connection.c */
struct plait_set;

/**
 * struct plait_connection - a direction of a TCP connection that is watched
 * @flow: which
 * @buffer: the namespace that it belongs to
 * @set: the place in the table; its lock guards everything here
 * @queue: what is known of it, and the segments that wait
 * @timer: runs while segments wait
 * @ready: held packets in the order in which they are to be delivered
 * @delivering: somebody delivers them at this moment, without the lock
 * @used: jiffies when the last segment arrived
 */
struct plait_connection {
	struct plait_flow flow;
	struct plait_buffer *buffer;
	struct plait_set *set;
	struct plait_resequence queue;
	struct hrtimer timer;
	struct list_head ready;
	bool delivering;
	unsigned long used;
};

/**
 * struct plait_set - connections whose hash is the same
 * @lock: taken with bottom halves off
 * @ways: the connections, NULL where there is none
 */
struct plait_set {
	spinlock_t lock; /* see above */
	struct plait_connection *ways[PLAIT_BUFFER_WAYS];
};

struct plait_set *plait_set_lock(struct plait_buffer *buffer, const struct plait_flow *flow);
struct plait_connection *plait_connection_find(struct plait_set *set,
					       const struct plait_flow *flow);
struct plait_connection *plait_connection_get(struct plait_buffer *buffer, struct plait_set *set,
					      const struct plait_flow *flow);
void plait_connection_release(struct plait_connection *connection);
int plait_connections_init(void);
void plait_connections_uninit(void);
int plait_connections_begin(struct plait_buffer *buffer);
void plait_connections_end(struct plait_buffer *buffer);
void plait_connections_flush(struct plait_buffer *buffer);

/* hold.c */
int plait_hold_init(void);
void plait_hold_uninit(void);
bool plait_hold(struct plait_connection *connection, const struct plait_segment *segment,
		struct sk_buff *skb, const struct nf_hook_state *state, u64 now);
bool plait_hold_ready(struct plait_connection *connection, u32 packets, struct sk_buff *skb,
		      const struct nf_hook_state *state);
void plait_hold_flush(struct plait_connection *connection);
void plait_hold_deliver(struct plait_connection *connection, u64 now);
void plait_hold_timer_init(struct plait_connection *connection);

/* Are there packets of a connection that are not delivered yet? */
static inline bool plait_hold_waits(const struct plait_connection *connection)
{
	return connection->queue.first || !list_empty(&connection->ready);
}

/* hook.c */
int plait_buffer_hooks_register(struct net *net);
void plait_buffer_hooks_unregister(struct net *net);

/* use.c */
int plait_buffer_set_on(struct plait_buffer *buffer, bool on);

static inline struct plait_resequence_limits plait_buffer_limits(const struct plait_buffer *buffer)
{
	struct plait_resequence_limits limits = {
		.packets = READ_ONCE(buffer->size),
		.deadline = (u64)READ_ONCE(buffer->deadline) * NSEC_PER_MSEC,
	};

	return limits;
}

/* statistics.c */
/**
 * enum plait_buffer_count - what is counted
 * @PLAIT_COUNT_HELD: packets that had to wait; as all others, segments of a GRO packet one by one
 * @PLAIT_COUNT_RELEASED: the first of one counter for each &enum plait_release
 * @PLAIT_COUNT_DUPLICATE: copies dropped
 * @PLAIT_COUNT_REFUSED: packets passed on since there was no room to keep them
 * @PLAIT_COUNT_SQUEEZED: not packets: how often delivery stopped while there were more, so that others could run
 * @PLAIT_COUNT_SUMMED: packets that were read whole, for their checksum
 * @PLAIT_COUNTS: how many counters
 */
enum plait_buffer_count {
	PLAIT_COUNT_HELD,
	PLAIT_COUNT_RELEASED,
	PLAIT_COUNT_DUPLICATE = PLAIT_COUNT_RELEASED + PLAIT_RELEASES,
	PLAIT_COUNT_REFUSED,
	PLAIT_COUNT_SQUEEZED,
	PLAIT_COUNT_SUMMED,
	PLAIT_COUNTS,
};

int plait_buffer_counters_init(struct plait_buffer *buffer);
void plait_buffer_counters_uninit(struct plait_buffer *buffer);
void plait_buffer_count(struct plait_buffer *buffer, u32 count, u32 packets);
int plait_buffer_statistics(const struct plait_buffer *buffer, char *text, int size);

/* sysctl.c */
int plait_buffer_sysctl_init(struct plait_buffer *buffer);
void plait_buffer_sysctl_uninit(struct plait_buffer *buffer);

#endif /* PLAIT_BUFFER_PRIVATE_H */
