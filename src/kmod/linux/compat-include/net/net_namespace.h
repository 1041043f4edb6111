/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_NET_NET_NAMESPACE_H
#define PLAIT_COMPAT_NET_NET_NAMESPACE_H

#include <linux/version.h>
#include_next <net/net_namespace.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
/* Before 6.6 the size is known by an empty entry behind the last. */
#define register_net_sysctl_sz(net, path, table, size) register_net_sysctl(net, path, table)
#endif

#endif /* PLAIT_COMPAT_NET_NET_NAMESPACE_H */
