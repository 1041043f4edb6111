# SPDX-License-Identifier: MIT
# TCP, UDP and pings to $TO, as long as it lasts: streams of seconds and many short connections.
while more; do
	roll 3
	case $rolled in
	0) try timeout 20 iperf3 -c "$TO" -p "$PORT" -t 4 -P 4 ;;
	1) try timeout 20 iperf3 -c "$TO" -p "$PORT" -t 3 -u -b 3M -l 1200 ;;
	2)
		ping -q -i 0.01 -c 300 -s 600 "$TO" >/dev/null 2>&1 &
		try timeout 20 iperf3 -c "$TO" -p "$PORT" -t 3
		wait
		;;
	esac
done
finished traffic
