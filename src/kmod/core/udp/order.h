/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Order of packets of a link with UDP legs. The sender says after which earlier packet of the link
 * each packet is to be delivered: the one before it of the same flow. So a lost packet delays
 * nobody but its own flow, and the receiver needs no table of flows.
 *
 * The caller owns packets, lock and clock, and hands packets over as pointers.
 */
#ifndef PLAIT_CORE_UDP_ORDER_H
#define PLAIT_CORE_UDP_ORDER_H

#include "wire.h"

/* --- Sender --- */

#define PLAIT_ORDER_FLOWS 1024

/**
 * struct plait_order_sender - numbers packets
 * @next: the sequence of the next packet, not yet masked
 * @last: by a hash of the flow: the sequence of its last packet plus 1, 0: none
 */
struct plait_order_sender {
	u32 next;
	u32 last[PLAIT_ORDER_FLOWS];
};

/**
 * plait_order_number() - number a packet
 * @sender: all zero at first
 * @hash: of its flow
 * @ordered: it is to come after the one before it of its flow
 * @header: gets sequence and after
 */
void plait_order_number(struct plait_order_sender *sender, u32 hash, bool ordered,
			struct plait_udp_header *header);

/* --- Receiver --- */

/* Packets that wait, at most; the oldest go first. The caller counts bytes. */
#define PLAIT_ORDER_WAITING 512
/*
 * Link sequences up to the newest that are remembered, but for 32. What comes after one before them
 * is delivered at once.
 */
#define PLAIT_ORDER_RING 4096
/* Nothing is held for longer, whatever was learned. */
#define PLAIT_ORDER_DEADLINE_MIN (5 * PLAIT_MS)
#define PLAIT_ORDER_DEADLINE_MAX (250 * PLAIT_MS)

/**
 * enum plait_order_verdict - what became of a packet that arrived
 * @PLAIT_ORDER_TAKEN: it waits, or is to be had from plait_order_release()
 * @PLAIT_ORDER_COPY: it was here before: to be dropped
 * @PLAIT_ORDER_PASS: deliver it at once, and before what plait_order_release() gives: nothing has
 *	to come before it, or it comes too late for order, or there is no memory to hold it
 */
enum plait_order_verdict {
	PLAIT_ORDER_TAKEN,
	PLAIT_ORDER_COPY,
	PLAIT_ORDER_PASS,
};

/**
 * struct plait_order_counters - what happened, for status
 * @held: packets that had to wait
 * @lost: sequences that were given up as lost, by the rule of RFC 1990, 4.1
 * @expired: packets that left since they had waited long enough
 * @overflow: packets that left since too many waited
 * @late: packets that came after they had been given up
 * @copies: packets dropped
 */
struct plait_order_counters {
	u64 held;
	u64 lost;
	u64 expired;
	u64 overflow;
	u64 late;
	u64 copies;
};

/*
 * Private to order.c: ring, legs' high-water marks, what waits. Allocates lazily: 1 KB while
 * several legs bring packets, 13 to 33 KB while packets wait, and nothing more than itself and 32
 * bytes a leg a second or two after that.
 */
struct plait_order;

/**
 * plait_order_new() - a receiver that has seen nothing
 *
 * Return: NULL without memory.
 */
struct plait_order *plait_order_new(void);

/**
 * plait_order_free() - give it back; all packets have been taken out by plait_order_flush()
 * @order: the receiver, or NULL
 */
void plait_order_free(struct plait_order *order);

/**
 * plait_order_legs() - by which legs packets can come; with fewer than two nothing is held
 * @order: the receiver
 * @live: a bit for each leg
 * @now: ns
 *
 * What waited for a leg that is gone may be released by it: ask plait_order_release() afterwards.
 */
void plait_order_legs(struct plait_order *order, u32 live, s64 now);

/**
 * plait_order_arrive() - a packet of DATA has been opened and is not a replay
 * @order: the receiver
 * @now: ns, never earlier than in the call before
 * @header: leg, sequence, after, flags, and sent
 * @packet: handed back by plait_order_release(), once
 *
 * Afterwards, whatever the verdict, ask plait_order_release() until it gives NULL.
 *
 * Return: see &enum plait_order_verdict.
 */
enum plait_order_verdict plait_order_arrive(struct plait_order *order, s64 now,
					    const struct plait_udp_header *header, void *packet);

/**
 * plait_order_heard() - a packet of CONTROL has been opened and is not a replay
 * @order: the receiver
 * @now: ns, never earlier than in the call before
 * @header: leg and sent
 *
 * It tells how long its leg takes before that carries DATA: else, in its first second, what may
 * come by it is waited for as long as anything is.
 */
void plait_order_heard(struct plait_order *order, s64 now, const struct plait_udp_header *header);

/**
 * plait_order_release() - the next packet that is to be delivered
 * @order: the receiver
 *
 * Return: NULL when there is none.
 */
void *plait_order_release(struct plait_order *order);

/**
 * plait_order_deadline() - when plait_order_due() is to be called
 * @order: the receiver
 *
 * Return: that of the packet that has waited longest, which arrivals do not put off; or sooner,
 * when something is known to be lost, or memory may be given back. PLAIT_NEVER when there is
 * nothing to be done.
 */
s64 plait_order_deadline(const struct plait_order *order);

/**
 * plait_order_due() - that time has come, or another reason to look
 * @order: the receiver
 * @now: ns
 *
 * Afterwards ask plait_order_release() until it gives NULL.
 */
void plait_order_due(struct plait_order *order, s64 now);

/**
 * plait_order_flush() - the far end has begun anew: nothing is remembered
 * @order: the receiver
 *
 * Everything that waits is to be had from plait_order_release(), in order.
 */
void plait_order_flush(struct plait_order *order);

/**
 * plait_order_counters() - what happened
 * @order: the receiver
 *
 * Return: counters since plait_order_new().
 */
const struct plait_order_counters *plait_order_counters(const struct plait_order *order);

#endif /* PLAIT_CORE_UDP_ORDER_H */
