#!/bin/sh
# SPDX-License-Identifier: MIT
# The first process of the guest. The host files that it may see are those of the run's folder.
export PATH=/lab/bin:/usr/sbin:/usr/bin HOME=/root IP_LIB_DIR=/lab/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for dir in /run /tmp /var /root; do mount -t tmpfs tmpfs $dir; done
mkdir -p /run/boxes /run/lines /run/steps /run/netns /var/run
# In User Mode Linux or in QEMU.
mount -t hostfs -o / none /lab 2>/dev/null ||
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 lab /lab || poweroff -f
# As on the boards: where devices have a queue of their own, flows have theirs in it.
echo fq_codel >/proc/sys/net/core/default_qdisc || poweroff -f
. /lab/prelude.sh
. /lab/run.sh
finish ok
