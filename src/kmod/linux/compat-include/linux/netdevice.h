/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_LINUX_NETDEVICE_H
#define PLAIT_COMPAT_LINUX_NETDEVICE_H

#include <linux/version.h>
#include_next <linux/netdevice.h>

/* The device does its own locking when it sends; a feature bit before 6.12. */
static inline void plait_netdev_set_lltx(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/*
 * Has IPv6 leave a device alone, but for addresses that somebody gives it. Before 6.2 there is no such flag, and
 * it does as it likes.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define PLAIT_NO_ADDRCONF IFF_NO_ADDRCONF
#else
#define PLAIT_NO_ADDRCONF 0
#endif

#endif /* PLAIT_COMPAT_LINUX_NETDEVICE_H */
