/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Path MTU of a UDP leg, found by padded probes that the far end answers (packetization layer path MTU discovery, RFC
 * 8899): a table of states and transitions. Nothing that could be forged is believed: what arrived is told by the far end
 * under the session's keys, ICMP is not looked at.
 *
 * Sizes are bytes of whole IP packets, as a device's MTU is. Behind each padded probe a small one leaves. Only when the
 * small one is answered and the padded one is not the size counts as lost; when neither is, the leg is silent, which says
 * nothing.
 */
#ifndef PLAIT_CORE_UDP_PATH_MTU_H
#define PLAIT_CORE_UDP_PATH_MTU_H

#include "../clock.h"

/* Below it nothing is searched: what each machine takes (RFC 1122, 3.3.3). */
#define PLAIT_PATH_MTU_FLOOR 576
/* Above it neither: the largest frames that are usual. */
#define PLAIT_PATH_MTU_CEILING 9216
/* Padded probes of one search. */
#define PLAIT_PATH_MTU_PROBES 40
/* A leg that carries packets is searched again after so long. */
#define PLAIT_PATH_MTU_CHECK_AFTER (600 * PLAIT_S)
/* The same when a search ended by the number of its probes. */
#define PLAIT_PATH_MTU_RETRY_AFTER (60 * PLAIT_S)
/* Large packets that leave without a report that one arrived, until the size is asked again. */
#define PLAIT_PATH_MTU_LARGE 3
/* A size that was asked again, and arrived, is not doubted for so long. */
#define PLAIT_PATH_MTU_TRUST (5 * PLAIT_S)

/**
 * enum plait_path_mtu_state - of the search of a leg
 * @PLAIT_PATH_MTU_OFF: the leg was not live since it came up, or moved
 * @PLAIT_PATH_MTU_TOP: asks the largest size that its device takes
 * @PLAIT_PATH_MTU_BASE: asks a size that nearly each path takes
 * @PLAIT_PATH_MTU_NARROW: binary search between what arrived and what did not
 * @PLAIT_PATH_MTU_LAST: asks again the smallest size that did not arrive: it may have been a chance loss
 * @PLAIT_PATH_MTU_FOUND: nothing to ask
 * @PLAIT_PATH_MTU_CHECK: asks again the size that was found
 * @PLAIT_PATH_MTU_GROWN: asks the next larger one
 * @PLAIT_PATH_MTU_STATES: how many there are
 */
enum plait_path_mtu_state {
	PLAIT_PATH_MTU_OFF,
	PLAIT_PATH_MTU_TOP,
	PLAIT_PATH_MTU_BASE,
	PLAIT_PATH_MTU_NARROW,
	PLAIT_PATH_MTU_LAST,
	PLAIT_PATH_MTU_FOUND,
	PLAIT_PATH_MTU_CHECK,
	PLAIT_PATH_MTU_GROWN,
	PLAIT_PATH_MTU_STATES,
};

/**
 * struct plait_path_mtu - of one leg; see plait_path_mtu_init()
 * @state: see &enum plait_path_mtu_state
 * @live: the leg delivers, or did so a moment ago; else the search rests
 * @known: a search has ended
 * @passed: the small probe behind the padded one was answered
 * @used: packets of DATA left since the search ended
 * @ceiling: largest size that its device takes
 * @base: see PLAIT_PATH_MTU_BASE
 * @confirmed: largest size known to arrive; 0: none
 * @refused: smallest size known not to; more than @ceiling: none
 * @asked: size of the padded probe that is waited for; 0: none
 * @most: largest that was asked in this search
 * @id: of the padded probe; the small one has the next
 * @first: @id of the first one of this search
 * @tries: times in a row that @asked was lost
 * @voids: times in a row that neither probe was answered
 * @probes: padded probes of this search
 * @sent: padded probes, all
 * @large: large packets of DATA that left since one is known to have arrived
 * @at: when the answer is not waited for any longer, ns
 * @check_at: when the size is to be asked again, if packets leave, ns
 * @doubt_at: the same, as large packets seem not to arrive, ns
 * @trust_until: not before, ns
 */
struct plait_path_mtu {
	enum plait_path_mtu_state state;
	bool live;
	bool known;
	bool passed;
	bool used;
	u32 ceiling;
	u32 base;
	u32 confirmed;
	u32 refused;
	u32 asked;
	u32 most;
	u32 id;
	u32 first;
	u32 tries;
	u32 voids;
	u32 probes;
	u32 sent;
	u32 large;
	s64 at;
	s64 check_at;
	s64 doubt_at;
	s64 trust_until;
};

/**
 * plait_path_mtu_init() - of a leg that nothing is known of
 * @mtu: of the leg
 * @base: size that leaves room for IPv6's smallest MTU inside
 */
void plait_path_mtu_init(struct plait_path_mtu *mtu, u32 base);

/**
 * plait_path_mtu_device() - say how large packets the leg's device takes
 * @mtu: of the leg
 * @now: ns
 * @size: bytes. A larger one than before begins a search
 */
void plait_path_mtu_device(struct plait_path_mtu *mtu, s64 now, u32 size);

/**
 * plait_path_mtu_live() - say whether the leg delivers
 * @mtu: of the leg
 * @now: ns
 * @live: it does, or did a moment ago; the first time begins the search
 */
void plait_path_mtu_live(struct plait_path_mtu *mtu, s64 now, bool live);

/**
 * plait_path_mtu_moved() - the leg may have another path now: its size is asked again once it is live
 * @mtu: of the leg
 */
void plait_path_mtu_moved(struct plait_path_mtu *mtu);

/**
 * plait_path_mtu_due() - what follows from the time
 * @mtu: of the leg
 * @now: ns
 * @wait: how long the answer to a probe is waited for, ns
 * @id: for a padded probe; the small one that follows it gets the next
 *
 * Return: size of the padded probe that is to be sent now; 0: none.
 */
u32 plait_path_mtu_due(struct plait_path_mtu *mtu, s64 now, s64 wait, u32 id);

/**
 * plait_path_mtu_answered() - a probe was answered
 * @mtu: of the leg
 * @now: ns
 * @id: of the probe
 * @size: that arrived, as the far end says
 * @grace: when the small one was: how long the padded one may still come, ns
 */
void plait_path_mtu_answered(struct plait_path_mtu *mtu, s64 now, u32 id, u32 size, s64 grace);

/**
 * plait_path_mtu_left() - a packet of DATA left by the leg
 * @mtu: of the leg
 * @now: ns
 * @size: of it
 * @patience: after which it should have been reported, ns
 */
void plait_path_mtu_left(struct plait_path_mtu *mtu, s64 now, u32 size, s64 patience);

/**
 * plait_path_mtu_reported() - the far end tells of packets of DATA that came by the leg
 * @mtu: of the leg
 * @largest: size of the largest of them; 0: there is none
 */
void plait_path_mtu_reported(struct plait_path_mtu *mtu, u32 largest);

/**
 * plait_path_mtu_again() - when plait_path_mtu_due() is to be asked
 * @mtu: of the leg
 *
 * Return: ns; PLAIT_NEVER: not before something else is told.
 */
s64 plait_path_mtu_again(const struct plait_path_mtu *mtu);

/**
 * plait_path_mtu_size() - the largest packet that is to leave by the leg
 * @mtu: of the leg
 *
 * What is known to arrive; before anything is known, what the device takes, and from the first loss on what is safe.
 *
 * Return: bytes.
 */
u32 plait_path_mtu_size(const struct plait_path_mtu *mtu);

#endif /* PLAIT_CORE_UDP_PATH_MTU_H */
