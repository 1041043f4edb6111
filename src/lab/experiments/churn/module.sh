# SPDX-License-Identifier: MIT
# The module of the devices is taken out and put in again under traffic, and the devices are made anew. Others
# modules use it.
rmmod plait_test_leg plait_udp
while more; do
	sleep 8
	if rmmod plait_link >/dev/null 2>&1; then
		try insmod /lab/modules/plait_link.ko
		build_both >/dev/null 2>&1
	fi
done
finished module
