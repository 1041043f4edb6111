// SPDX-License-Identifier: GPL-2.0-only
/* See path-mtu.h. */
#include "path-mtu.h"

enum plait_path_mtu_event {
	/* The leg is live, or its device takes more; nothing, or something, is known of the path. */
	PLAIT_PATH_MTU_BEGIN,
	PLAIT_PATH_MTU_RESUME,
	/* What was asked arrived, or was lost as often as is tried. */
	PLAIT_PATH_MTU_ARRIVED,
	PLAIT_PATH_MTU_LOST,
	/* No size is left to be asked here. */
	PLAIT_PATH_MTU_NARROWED,
	/* No probe is left. */
	PLAIT_PATH_MTU_SPENT,
	PLAIT_PATH_MTU_EVENTS,
};

#define OFF PLAIT_PATH_MTU_OFF
#define TOP PLAIT_PATH_MTU_TOP
#define BASE PLAIT_PATH_MTU_BASE
#define NARROW PLAIT_PATH_MTU_NARROW
#define LAST PLAIT_PATH_MTU_LAST
#define FOUND PLAIT_PATH_MTU_FOUND
#define CHECK PLAIT_PATH_MTU_CHECK
#define GROWN PLAIT_PATH_MTU_GROWN

static const enum plait_path_mtu_state
plait_path_mtu_next[PLAIT_PATH_MTU_STATES][PLAIT_PATH_MTU_EVENTS] = {
	/*		BEGIN	RESUME	ARRIVED	LOST	NARROWED SPENT */
	[OFF] =		{ TOP,	CHECK,	OFF,	OFF,	OFF,	OFF },
	[TOP] =		{ TOP,	TOP,	FOUND,	BASE,	FOUND,	FOUND },
	[BASE] =	{ TOP,	BASE,	NARROW,	NARROW,	NARROW,	FOUND },
	[NARROW] =	{ TOP,	NARROW,	NARROW,	NARROW,	LAST,	FOUND },
	[LAST] =	{ TOP,	LAST,	TOP,	FOUND,	FOUND,	FOUND },
	[FOUND] =	{ TOP,	CHECK,	FOUND,	FOUND,	FOUND,	FOUND },
	[CHECK] =	{ TOP,	CHECK,	GROWN,	BASE,	BASE,	FOUND },
	[GROWN] =	{ TOP,	GROWN,	TOP,	FOUND,	FOUND,	FOUND },
};

/* How often a size is asked before it counts as lost. Where a chance loss costs little, once: LAST finds it. */
static const u32 plait_path_mtu_tries[PLAIT_PATH_MTU_STATES] = {
	[TOP] = 3, [BASE] = 3, [NARROW] = 1, [LAST] = 2, [CHECK] = 3, [GROWN] = 1,
};

#undef OFF
#undef TOP
#undef BASE
#undef NARROW
#undef LAST
#undef FOUND
#undef CHECK
#undef GROWN

/* The wait of a leg by which nothing is answered doubles so often. */
#define PLAIT_PATH_MTU_VOIDS 4

static u32 plait_path_mtu_more(u32 a, u32 b)
{
	return a > b ? a : b;
}

static s64 plait_path_mtu_sooner(s64 a, s64 b)
{
	return a < b ? a : b;
}

static void plait_path_mtu_happens(struct plait_path_mtu *mtu, s64 now,
				   enum plait_path_mtu_event event)
{
	enum plait_path_mtu_state before = mtu->state;

	mtu->state = plait_path_mtu_next[before][event];
	mtu->asked = 0;
	mtu->tries = 0;
	mtu->voids = 0;
	mtu->at = now;
	if (mtu->state != PLAIT_PATH_MTU_FOUND || before == PLAIT_PATH_MTU_FOUND)
		return;
	mtu->known = true;
	mtu->used = false;
	mtu->large = 0;
	mtu->doubt_at = PLAIT_NEVER;
	mtu->trust_until = now + PLAIT_PATH_MTU_TRUST;
	mtu->check_at = now + (event == PLAIT_PATH_MTU_SPENT ? PLAIT_PATH_MTU_RETRY_AFTER :
							       PLAIT_PATH_MTU_CHECK_AFTER);
}

/* A new search has its own probes; answers to those of an older one say nothing of the path as it is. */
static void plait_path_mtu_begin(struct plait_path_mtu *mtu, s64 now,
				 enum plait_path_mtu_event event)
{
	mtu->probes = 0;
	mtu->most = 0;
	plait_path_mtu_happens(mtu, now, event);
}

void plait_path_mtu_init(struct plait_path_mtu *mtu, u32 base)
{
	*mtu = (struct plait_path_mtu){
		.base = base,
		.refused = 1,
		.at = PLAIT_NEVER,
		.check_at = PLAIT_NEVER,
		.doubt_at = PLAIT_NEVER,
	};
}

void plait_path_mtu_device(struct plait_path_mtu *mtu, s64 now, u32 size)
{
	u32 before = mtu->ceiling;

	if (size > PLAIT_PATH_MTU_CEILING)
		size = PLAIT_PATH_MTU_CEILING;
	if (size < PLAIT_PATH_MTU_FLOOR)
		size = PLAIT_PATH_MTU_FLOOR;
	if (size == before)
		return;
	if (mtu->refused > before || mtu->refused > size)
		mtu->refused = size + 1;
	mtu->ceiling = size;
	if (mtu->confirmed > size)
		mtu->confirmed = size;
	if (mtu->asked > size)
		mtu->asked = 0;
	if (before && size > before && mtu->state != PLAIT_PATH_MTU_OFF)
		plait_path_mtu_begin(mtu, now, PLAIT_PATH_MTU_BEGIN);
}

void plait_path_mtu_live(struct plait_path_mtu *mtu, s64 now, bool live)
{
	bool was = mtu->live;

	mtu->live = live;
	if (!live || was)
		return;
	if (mtu->state == PLAIT_PATH_MTU_OFF)
		plait_path_mtu_begin(mtu, now, mtu->confirmed ? PLAIT_PATH_MTU_RESUME :
								PLAIT_PATH_MTU_BEGIN);
}

void plait_path_mtu_moved(struct plait_path_mtu *mtu)
{
	mtu->state = PLAIT_PATH_MTU_OFF;
	mtu->live = false;
	mtu->asked = 0;
	mtu->refused = mtu->ceiling + 1;
	mtu->doubt_at = PLAIT_NEVER;
}

/* The size that a state asks; 0: none. */
static u32 plait_path_mtu_wanted(const struct plait_path_mtu *mtu)
{
	u32 low = plait_path_mtu_more(mtu->confirmed, PLAIT_PATH_MTU_FLOOR);

	switch (mtu->state) {
	case PLAIT_PATH_MTU_TOP:
		return mtu->confirmed < mtu->ceiling ? mtu->ceiling : 0;
	case PLAIT_PATH_MTU_BASE:
		return mtu->confirmed < mtu->base && mtu->base < mtu->refused ? mtu->base : 0;
	case PLAIT_PATH_MTU_NARROW:
		return mtu->refused > low + 1 ? low + (mtu->refused - low) / 2 : 0;
	case PLAIT_PATH_MTU_LAST:
		return mtu->refused <= mtu->ceiling ? mtu->refused : 0;
	case PLAIT_PATH_MTU_CHECK:
		return mtu->confirmed;
	case PLAIT_PATH_MTU_GROWN:
		return mtu->confirmed < mtu->ceiling ? mtu->confirmed + 1 : 0;
	default:
		return 0;
	}
}

/* It arrives: the search goes on with more. */
static void plait_path_mtu_take(struct plait_path_mtu *mtu, u32 size)
{
	if (size > mtu->confirmed)
		mtu->confirmed = size;
	/* What was lost that is smaller was lost by chance. */
	if (mtu->refused <= size)
		mtu->refused = mtu->ceiling + 1;
}

static void plait_path_mtu_refuse(struct plait_path_mtu *mtu, u32 size)
{
	mtu->refused = size;
	if (mtu->confirmed >= size)
		mtu->confirmed = 0;
}

/* The answer to what was asked did not come in time. */
static void plait_path_mtu_overdue(struct plait_path_mtu *mtu, s64 now)
{
	u32 size = mtu->asked;

	mtu->asked = 0;
	if (!mtu->passed) {
		if (mtu->voids < PLAIT_PATH_MTU_VOIDS)
			mtu->voids++;
		return;
	}
	mtu->voids = 0;
	if (++mtu->tries < plait_path_mtu_tries[mtu->state])
		return;
	plait_path_mtu_refuse(mtu, size);
	plait_path_mtu_happens(mtu, now, PLAIT_PATH_MTU_LOST);
}

u32 plait_path_mtu_due(struct plait_path_mtu *mtu, s64 now, s64 wait, u32 id)
{
	u32 size;

	if (now < plait_path_mtu_again(mtu))
		return 0;
	if (mtu->state == PLAIT_PATH_MTU_FOUND)
		plait_path_mtu_begin(mtu, now, PLAIT_PATH_MTU_RESUME);
	else if (mtu->asked)
		plait_path_mtu_overdue(mtu, now);
	while (!(size = plait_path_mtu_wanted(mtu)) && mtu->state != PLAIT_PATH_MTU_FOUND)
		plait_path_mtu_happens(mtu, now, PLAIT_PATH_MTU_NARROWED);
	if (size && mtu->probes >= PLAIT_PATH_MTU_PROBES) {
		plait_path_mtu_happens(mtu, now, PLAIT_PATH_MTU_SPENT);
		size = 0;
	}
	if (!size)
		return 0;
	if (!mtu->probes++)
		mtu->first = id;
	mtu->sent++;
	mtu->id = id;
	mtu->asked = size;
	mtu->most = plait_path_mtu_more(mtu->most, size);
	mtu->passed = false;
	mtu->at = now + (wait << mtu->voids);
	return size;
}

void plait_path_mtu_answered(struct plait_path_mtu *mtu, s64 now, u32 id, u32 size, s64 grace)
{
	/* Of this search; late ones count, too. */
	if (!mtu->probes || id - mtu->first > mtu->id + 1 - mtu->first)
		return;
	if (id == mtu->id + 1 && mtu->asked && !mtu->passed) {
		mtu->passed = true;
		mtu->at = plait_path_mtu_sooner(mtu->at, now + grace);
	}
	if (size < PLAIT_PATH_MTU_FLOOR || size > mtu->most || size > mtu->ceiling)
		return;
	plait_path_mtu_take(mtu, size);
	if (mtu->asked && mtu->asked <= size)
		plait_path_mtu_happens(mtu, now, PLAIT_PATH_MTU_ARRIVED);
}

/* Packets of more than this size are large: smaller ones arrive also where the path got smaller. */
static u32 plait_path_mtu_medium(const struct plait_path_mtu *mtu)
{
	return mtu->confirmed > mtu->base ? mtu->base : PLAIT_PATH_MTU_FLOOR;
}

void plait_path_mtu_left(struct plait_path_mtu *mtu, s64 now, u32 size, s64 patience)
{
	mtu->used = true;
	if (mtu->state != PLAIT_PATH_MTU_FOUND || !mtu->confirmed ||
	    size <= plait_path_mtu_medium(mtu))
		return;
	if (mtu->large < PLAIT_PATH_MTU_LARGE && ++mtu->large == PLAIT_PATH_MTU_LARGE)
		mtu->doubt_at = now + patience > mtu->trust_until ? now + patience :
								    mtu->trust_until;
}

void plait_path_mtu_reported(struct plait_path_mtu *mtu, u32 largest)
{
	if (largest <= plait_path_mtu_medium(mtu))
		return;
	mtu->large = 0;
	mtu->doubt_at = PLAIT_NEVER;
}

s64 plait_path_mtu_again(const struct plait_path_mtu *mtu)
{
	if (!mtu->live || mtu->state == PLAIT_PATH_MTU_OFF)
		return PLAIT_NEVER;
	if (mtu->state != PLAIT_PATH_MTU_FOUND)
		return mtu->at;
	return plait_path_mtu_sooner(mtu->doubt_at, mtu->used ? mtu->check_at : PLAIT_NEVER);
}

u32 plait_path_mtu_size(const struct plait_path_mtu *mtu)
{
	if (mtu->confirmed)
		return mtu->confirmed;
	if (mtu->refused > mtu->ceiling)
		return mtu->ceiling;
	return mtu->refused > mtu->base ? mtu->base : PLAIT_PATH_MTU_FLOOR;
}
