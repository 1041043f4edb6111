/* SPDX-License-Identifier: GPL-2.0-only */
/* The model of a path, for those who send by it. */
#ifndef PLAIT_CORE_PATH_H
#define PLAIT_CORE_PATH_H

#include "state.h"

void plait_path_init(struct plait_path *path);
void plait_path_set_rate(struct plait_path *path, s64 rate);
void plait_path_restart(struct plait_path *path);
void plait_path_send_untracked(struct plait_path *path, s64 now, u32 bytes);
void plait_path_settle(struct plait_path *path, s64 now);
void plait_path_send(struct plait_path *path, s64 now, u32 bytes, struct plait_shot *shot);
void plait_path_lose(struct plait_path *path, u32 bytes);
void plait_path_deliver(struct plait_path *path, s64 now, const struct plait_shot *shot, u32 bytes,
			enum plait_news news);
void plait_path_reported(struct plait_path *path, s64 at);
void plait_path_learn(struct plait_path *path, s64 now);
s64 plait_path_arrival(const struct plait_path *path, s64 now, u32 ahead, u32 bytes);
bool plait_path_has_room(struct plait_path *path, s64 now, u32 ahead);
s64 plait_path_room_at(const struct plait_path *path, s64 now);

#endif /* PLAIT_CORE_PATH_H */
