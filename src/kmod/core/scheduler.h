/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scheduler is: it chooses the leg that the next packet leaves by.
 *
 * Nothing in this folder locks, sleeps or includes a header of an operating system.
 * Where it is compiled gives "plait_port.h": the types u8 to u64, s64 and bool, plait_div_s64(), and plait_alloc() and
 * plait_free(): zeroed memory without sleeping, which may be refused.
 */
#ifndef PLAIT_CORE_SCHEDULER_H
#define PLAIT_CORE_SCHEDULER_H

#include "clock.h"
#include "header.h"
#include "treatment.h"

/* Legs are known to a scheduler by their slot, 0 to PLAIT_SLOTS - 1. Equal to PLAIT_LEGS_MAX. */
#define PLAIT_SLOTS 32

/* The most packets that one pick() may be charged with: more than a GSO packet can hold. */
#define PLAIT_BURST_MAX 65536

/* Priorities of legs: 0 to this, 0 comes first. Equal to PLAIT_PRIORITY_MAX. */
#define PLAIT_PRIORITY_LAST 255

/**
 * struct plait_leg_line - what a scheduler is told of a leg
 * @weight: its share, at least 1
 * @priority: legs of a lower number come first, for schedulers that ask
 * @live: it may be chosen
 * @reports: its far end reports what arrives: see plait_flow_control.reported
 */
struct plait_leg_line {
	u32 weight;
	u32 priority;
	bool live;
	bool reports;
};

/**
 * struct plait_scheduler - one way to choose legs
 * @name: as people write it, at most 15 characters
 * @state_size: bytes that the caller keeps for each link
 * @init: sets the state of a link without legs; @seed is random, for hashes
 * @end: NULL, or gives back what the state holds beside itself; it is not used any more
 * @set: says what a slot is from now on; NULL: it has no leg. May be called at any time, also with nothing
 *	changed. False when there is no memory for a leg that the slot did not have; then it still has none
 * @pick: gives the slots, a bit each, by all of which @packets packets that go together (the segments of one GSO
 *	packet; at least 1, counted as PLAIT_BURST_MAX when more) are to leave; 0 when no leg is live
 *
 * @control: NULL, or what holds packets back until a leg has room for them. @pick then is for the
 *	few packets only that leave while the scheduler is being changed
 *
 * Calls for the same state never overlap: the caller holds a lock. @pick is called once for every
 * packet with that lock held, so it must be short.
 */
struct plait_scheduler {
	const char *name;
	u32 state_size;
	void (*init)(void *state, u64 seed);
	void (*end)(void *state);
	bool (*set)(void *state, u32 slot, const struct plait_leg_line *line);
	u32 (*pick)(void *state, u32 packets);
	const struct plait_flow_control *control;
};

/* Acknowledgements and the like are no longer, in bytes. */
#define PLAIT_SMALL_PACKET 200

/* &plait_offer.flow of a packet that waited, or that commit() has not seen. */
#define PLAIT_OFFER_NO_FLOW 0xffff

/* Copies that a scheduler may have its caller keep. */
#define PLAIT_KEPT 512

/**
 * struct plait_offer - a packet on its way out
 * @header: its TCP header; @header.end equals @header.seq when it will not be acknowledged
 * @bytes: length of the IP packet, without what a leg puts around it
 * @avoid: slots, a bit each, that are not to be used while another is as good: it may vanish there
 * @treatment: what a rule says of it; NULL: there is none. When its legs have no room for long, it is refused
 * @flow: where the scheduler remembers its connection; of use only when it leaves at once
 * @repeated: its sequence numbers were offered before
 * @copied: a copy of it leaves, too
 * @serial: see plait_flow_control.reported; 0: its leg does not report
 * @copy: a slot by which a copy of it is to leave at once, or -1
 * @copy_serial: @serial of that copy
 *
 * @flow, @repeated and @copied are set by plait_flow_control.commit(), the last two of them to be kept for
 * plait_flow_control.sent(), which sets what follows.
 */
struct plait_offer {
	struct plait_header header;
	u32 bytes;
	u32 avoid;
	const struct plait_treatment *treatment;
	u16 flow;
	bool repeated;
	bool copied;
	u32 serial;
	int copy;
	u32 copy_serial;
};

/* Runs of lost packets that one report names. */
#define PLAIT_MISSING_MAX 8

/**
 * struct plait_missing - packets in a row that did not arrive
 * @serial: of the first
 * @count: how many
 */
struct plait_missing {
	u32 serial;
	u32 count;
};

/**
 * struct plait_arrivals - what the far end of a leg reports
 * @serial: of the last packet of the leg that arrived: none before it is on its way any more
 * @at: when that arrived, and the time that a report takes back: ns, by the clock of all other calls
 * @missing: those before it that did not arrive, as far as they are named
 * @runs: how many of @missing there are
 */
struct plait_arrivals {
	u32 serial;
	s64 at;
	struct plait_missing missing[PLAIT_MISSING_MAX];
	u32 runs;
};

/**
 * struct plait_again - a packet that is to be sent again
 * @number: of the kept copy
 * @serial: of the new packet; 0: its leg does not report
 */
struct plait_again {
	u32 number;
	u32 serial;
};

/**
 * struct plait_leg_report - what is known of the path behind a leg
 * @rate: estimated rate in bytes of IP packets per second; 0 while unknown
 * @delay: round trip without queues in ns; -1 while unknown
 * @in_flight: bytes sent and not known to have arrived
 * @suspect: it swallows packets and only carries probes
 * @lossy: it loses packets at random, which are sent again
 * @repaired: how many were sent again
 */
struct plait_leg_report {
	s64 rate;
	s64 delay;
	u32 in_flight;
	bool suspect;
	bool lossy;
	u32 repaired;
};

/**
 * struct plait_flow_control - what a scheduler has that says not only where, but also when
 * @set_rate: the rate of a leg in bytes per second is known, or (0) to be found out; may be called
 *	at any time for a slot that has a leg, and is forgotten when the slot has none
 * @full: no leg could use one more packet now, so that it better stays where it can be dropped,
 *	marked and overtaken
 * @commit: gives the slot to whose queue a packet is to be added, full or not, or -1 when no leg is
 *	live, or none that its rule names, or these have no room for long. @copy becomes a slot by which a copy is to
 *	leave at once, or -1
 * @next: gives a slot whose queue's first packet is to leave now, or -1
 * @again: when @next has just given none, or @full said so: the time to ask again though nothing
 *	happened, later than now; PLAIT_NEVER when there is none
 * @sent: the first packet of a slot's queue leaves, before any that is told later; gives a number, below PLAIT_KEPT,
 *	under which a copy is to be kept, or -1
 * @withdrawn: the first packet of a slot's queue was taken out, and does not leave
 * @stranded: gives a slot that is no longer used though its queue has packets, to be withdrawn and
 *	committed anew, or -1
 * @expects: may a TCP header that came in, with options, tell something new? @header.key is that of the connection's
 *	way out. Its checksum need not be known to be right yet
 * @acked: such a header came in, and is right. What TCP would refuse changes nothing. Gives true when nobody else is to
 *	see it: it only tells of a copy
 * @reported: the far end of a slot's leg reports what arrived. Packets of such legs are counted by their serial numbers,
 *	from 1 on in the order in which they leave; wraps
 * @repair: to be asked after @acked, @reported and when a leg is used no more, until it gives none: a slot by which a
 *	kept copy is to leave at once, before all that waits, or -1. Its number is free then
 * @released: to be asked after any other call until it gives none: a number whose copy is not needed any
 *	more, or -1
 * @report: tells what is known of a leg
 * @trim: gives back memory that is not used. To be asked some time after any other call, and again when it says, ns;
 *	PLAIT_NEVER: until then
 *
 * The caller keeps a queue of packets for each slot. Times are in ns from any clock that does not
 * go backwards.
 */
struct plait_flow_control {
	void (*set_rate)(void *state, u32 slot, s64 rate);
	bool (*full)(void *state, s64 now);
	int (*commit)(void *state, s64 now, struct plait_offer *packet, int *copy);
	int (*next)(void *state, s64 now);
	s64 (*again)(const void *state, s64 now);
	int (*sent)(void *state, s64 now, u32 slot, struct plait_offer *packet);
	void (*withdrawn)(void *state, u32 slot, u32 bytes);
	int (*stranded)(const void *state);
	bool (*expects)(const void *state, const struct plait_header *header);
	bool (*acked)(void *state, s64 now, const struct plait_header *header);
	void (*reported)(void *state, s64 now, u32 slot, const struct plait_arrivals *arrivals);
	int (*repair)(void *state, s64 now, struct plait_again *again);
	int (*released)(void *state);
	void (*report)(const void *state, u32 slot, struct plait_leg_report *report);
	s64 (*trim)(void *state, s64 now);
};

#endif /* PLAIT_CORE_SCHEDULER_H */
