// SPDX-License-Identifier: GPL-2.0-only
/* What a plait device does for its link. */
#include "plait_link.h"

static struct plait_device *plait_device_of(struct plait_link *link)
{
	return container_of(link, struct plait_device, link);
}

static int plait_link_start(struct plait_link *link)
{
	return plait_backpressure_start(plait_device_of(link));
}

static void plait_link_stop(struct plait_link *link)
{
	plait_backpressure_stop(plait_device_of(link));
}

static void plait_link_adopt(struct plait_link *link)
{
	plait_queue_adopt(plait_device_of(link));
}

static void plait_link_run(struct plait_link *link)
{
	plait_queue_run(plait_device_of(link));
}

static void plait_link_take_limits(struct plait_link *link)
{
	plait_update_features(link->dev);
	plait_update_mtu(link->dev);
}

const struct plait_link_ops plait_device_link_ops = {
	.start = plait_link_start,
	.stop = plait_link_stop,
	.adopt = plait_link_adopt,
	.run = plait_link_run,
	.fit = plait_link_take_limits,
};
