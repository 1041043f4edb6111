/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_NET_SCH_GENERIC_H
#define PLAIT_COMPAT_NET_SCH_GENERIC_H

#include_next <net/sch_generic.h>

static inline void plait_deactivate(struct net_device *dev, void (*deactivate)(struct net_device *))
{
	deactivate(dev);
}

static inline void plait_deactivate_reset(struct net_device *dev,
					  void (*deactivate)(struct net_device *, bool))
{
	deactivate(dev, true);
}

/*
 * After 6.12 dev_deactivate() got a second argument, whether the queues are reset. Its type is
 * asked and not the version, since such changes travel to stable kernels.
 */
#define plait_dev_deactivate(dev)                                                                  \
	_Generic(&dev_deactivate,                                                                  \
		 void (*)(struct net_device *): plait_deactivate,                                  \
		 default: plait_deactivate_reset)(dev, dev_deactivate)

#endif /* PLAIT_COMPAT_NET_SCH_GENERIC_H */
