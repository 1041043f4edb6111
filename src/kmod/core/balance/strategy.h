/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a balancing strategy is: it chooses the uplink of a packet or of a session.
 *
 * Nothing in this folder allocates, locks, sleeps or includes a header of an operating system.
 * Where it is compiled gives "plait_port.h".
 */
#ifndef PLAIT_BALANCE_STRATEGY_H
#define PLAIT_BALANCE_STRATEGY_H

#include "plait_port.h"

/* Uplinks are known to a strategy by their slot, 0 to PLAIT_BALANCE_SLOTS - 1. */
#define PLAIT_BALANCE_SLOTS 32

/**
 * struct plait_balance_line - what a strategy is told of an uplink
 * @weight: 1 to 1000
 * @up: bit/s that it can send, 0 when unknown
 * @down: bit/s that it can receive, 0 when unknown
 * @live: it may be chosen
 */
struct plait_balance_line {
	u32 weight;
	s64 up;
	s64 down;
	bool live;
};

/**
 * struct plait_balance_address - the far end of a packet, in network byte order
 * @word: an IPv6 address, or ::ffff:0:0/96 with an IPv4 address
 */
struct plait_balance_address {
	u32 word[4];
};

/**
 * struct plait_balance_packet - what a strategy sees of a packet
 * @peer: the address beyond the uplink
 * @now: time in ticks of 2^20 ns, about a millisecond; wraps around
 * @bytes: its size, of all its segments when it is a GSO packet; at least 1
 * @outgoing: it leaves by the uplink; else it came in
 * @home: slot of the uplink that its session leaves by, which what comes in need not come in by; the same slot
 *	as told with it when there is none
 * @stays: its session will not be given another uplink while this one lives
 */
struct plait_balance_packet {
	const struct plait_balance_address *peer;
	u32 now;
	u32 bytes;
	u32 home;
	bool outgoing;
	bool stays;
};

/**
 * struct plait_balance_sample - what was measured on an uplink lately
 * @retransmission_rate: TCP retransmissions of 10,000 segments
 */
struct plait_balance_sample {
	u32 retransmission_rate;
};

/**
 * struct plait_balance_strategy - one way to choose uplinks
 * @name: as people write it, at most 15 characters
 * @counts_strangers: passed() is also told of what comes in unasked, by sessions that nobody here has answered:
 *	for those that measure bandwidth. All others are to learn nothing from it
 * @per_packet: sessions that may change their uplink are chosen for anew with every packet
 * @state_size: bytes that the caller keeps for each namespace
 * @init: sets the state without uplinks; @seed is random, for hashes
 * @set: says what a slot is from now on; NULL: it has no uplink. May be called at any time, also with
 *	nothing changed.
 * @pick: gives a slot out of the bits @allowed, all of them live; -1 when @allowed is 0. Changes nothing:
 *	what really happens is told to @assigned and @passed.
 * @assigned: a session begins on @slot with this packet, whether or not pick() said so. Optional.
 * @passed: a packet passes @slot, in either direction; called for the first one too, after
 *	assigned(). Optional: without it, packets of sessions that stay cost no lock.
 * @keep: may a session that could move stay on @slot, which is live? Called without the lock for
 *	each of its packets, so it only reads. Optional: without it, it may.
 * @sample: called every second for each slot in use. Optional.
 *
 * But for @keep, calls for the same state never overlap: the caller holds a lock. Slots that @passed and
 * @assigned name may be ones that are not live.
 */
struct plait_balance_strategy {
	const char *name;
	bool per_packet;
	bool counts_strangers;
	u32 state_size;
	void (*init)(void *state, u32 seed);
	void (*set)(void *state, u32 slot, const struct plait_balance_line *line);
	int (*pick)(void *state, const struct plait_balance_packet *packet, u32 allowed);
	void (*assigned)(void *state, u32 slot, const struct plait_balance_packet *packet);
	void (*passed)(void *state, u32 slot, const struct plait_balance_packet *packet);
	bool (*keep)(const void *state, u32 slot);
	void (*sample)(void *state, u32 slot, const struct plait_balance_sample *sample);
};

/* Those that come with the module, a file each. */
extern const struct plait_balance_strategy plait_balance_route;
extern const struct plait_balance_strategy plait_balance_packet;
extern const struct plait_balance_strategy plait_balance_session;
extern const struct plait_balance_strategy plait_balance_bandwidth;
extern const struct plait_balance_strategy plait_balance_headroom;
extern const struct plait_balance_strategy plait_balance_retransmit;
extern const struct plait_balance_strategy plait_balance_history;

#endif /* PLAIT_BALANCE_STRATEGY_H */
