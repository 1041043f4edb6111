// SPDX-License-Identifier: GPL-2.0-only
/* How many bytes are in flight on a path. */
#include "model.h"

void plait_path_passed(struct plait_path *path, u32 bytes, s64 at)
{
	path->in_flight -= bytes;
	path->delivered += bytes;
	path->newly += bytes;
	path->delivered_at = plait_path_max(path->delivered_at, at);
}

/**
 * plait_path_settle() - what nobody acknowledges has arrived when it is expected to
 * @path: the path
 * @now: ns
 */
void plait_path_settle(struct plait_path *path, s64 now)
{
	s64 at = 0;
	u32 bytes = plait_untracked_settle(&path->untracked, now, &at);

	if (bytes)
		plait_path_passed(path, bytes, at);
}

/**
 * plait_path_lose() - a packet will not be heard of any more
 * @path: the path
 * @bytes: its length
 */
void plait_path_lose(struct plait_path *path, u32 bytes)
{
	path->in_flight -= bytes;
}
