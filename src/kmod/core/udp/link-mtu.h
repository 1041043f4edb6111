/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MTU of a link over legs of different path MTUs: that of the smallest one that is live. It is lowered at once; it is raised
 * after a minute in which it could have been, so that a leg that comes and goes does not move it each time.
 */
#ifndef PLAIT_CORE_UDP_LINK_MTU_H
#define PLAIT_CORE_UDP_LINK_MTU_H

#include "../clock.h"

#define PLAIT_LINK_MTU_RAISE_AFTER (60 * PLAIT_S)

/**
 * struct plait_link_mtu - of one link; all zero: nothing is known
 * @used: bytes; 0: nothing is known
 * @provisional: the leg that it is due to is being searched for the first time
 * @raise_at: when it may be raised, ns; 0: it can not be
 */
struct plait_link_mtu {
	u32 used;
	bool provisional;
	s64 raise_at;
};

/**
 * plait_link_mtu_follow() - legs, or their path MTUs, changed, or time passed
 * @mtu: of the link
 * @now: ns
 * @smallest: of the legs that are live, bytes; 0: none is, so that what was used stays
 * @provisional: a leg of that size is being searched for the first time: when that ends, nothing was there before that would
 *	come back, and it is raised at once
 *
 * Return: when to ask again, ns; PLAIT_NEVER: not before something changes.
 */
s64 plait_link_mtu_follow(struct plait_link_mtu *mtu, s64 now, u32 smallest, bool provisional);

#endif /* PLAIT_CORE_UDP_LINK_MTU_H */
