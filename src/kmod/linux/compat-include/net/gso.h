/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_NET_GSO_H
#define PLAIT_COMPAT_NET_GSO_H

#include <linux/version.h>

/* Before 6.5 <linux/skbuff.h> has what is in it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#else
#include <linux/skbuff.h>
#endif

#endif /* PLAIT_COMPAT_NET_GSO_H */
