/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_COMPAT_LINUX_SYSCTL_H
#define PLAIT_COMPAT_LINUX_SYSCTL_H

#include <linux/version.h>
#include_next <linux/sysctl.h>

/* What a proc_handler gets as its first argument; const since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define plait_ctl_table const struct ctl_table
#else
#define plait_ctl_table struct ctl_table
#endif

#endif /* PLAIT_COMPAT_LINUX_SYSCTL_H */
