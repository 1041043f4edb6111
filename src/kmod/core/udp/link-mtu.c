// SPDX-License-Identifier: GPL-2.0-only
/* See link-mtu.h. */
#include "link-mtu.h"

static s64 plait_link_mtu_use(struct plait_link_mtu *mtu, u32 size, bool provisional)
{
	mtu->used = size;
	mtu->provisional = provisional;
	mtu->raise_at = 0;
	return PLAIT_NEVER;
}

s64 plait_link_mtu_follow(struct plait_link_mtu *mtu, s64 now, u32 smallest, bool provisional)
{
	if (!smallest) {
		mtu->raise_at = 0;
		return PLAIT_NEVER;
	}
	if (!mtu->used || smallest < mtu->used)
		return plait_link_mtu_use(mtu, smallest, provisional);
	if (smallest == mtu->used)
		return plait_link_mtu_use(mtu, smallest, mtu->provisional && provisional);
	/* It is not over yet. */
	if (provisional) {
		mtu->raise_at = 0;
		return PLAIT_NEVER;
	}
	if (mtu->provisional)
		return plait_link_mtu_use(mtu, smallest, false);
	if (!mtu->raise_at)
		mtu->raise_at = now + PLAIT_LINK_MTU_RAISE_AFTER;
	if (now < mtu->raise_at)
		return mtu->raise_at;
	return plait_link_mtu_use(mtu, smallest, false);
}
