/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_NET_NET_NAMESPACE_H
#define PLAIT_COMPAT_NET_NET_NAMESPACE_H

#include <linux/version.h>
#include_next <net/net_namespace.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
/* Before 6.6 the size is known by an empty entry behind the last. */
static inline struct ctl_table_header *register_net_sysctl_sz(struct net *net, const char *path,
							      struct ctl_table *table, size_t size)
{
	return register_net_sysctl(net, path, table);
}
#endif

#endif /* PLAIT_COMPAT_NET_NET_NAMESPACE_H */
