# SPDX-License-Identifier: MIT
# Whole devices come and go, at times with their network namespace, while packets go by them.
while more; do
	ip netns add passing
	ip -n passing link add out type dummy
	ip -n passing addr add 192.0.2.1/24 dev out
	ip -n passing link set out up
	one_of $SCHEDULERS
	try ip -n passing link add q type plait scheduler $chosen buffer on
	for leg in 1 2 3; do
		try ip -n passing link add q.$leg type gre local 192.0.2.1 remote 192.0.2.1$leg ttl 64 dev out
		try ip -n passing link set q.$leg master q
		try ip -n passing link set q.$leg up
	done
	try ip -n passing addr add 10.70.0.1/24 dev q
	try ip -n passing link set q up
	nsenter --net=/run/netns/passing ping -q -f -w 1 10.70.0.2 >/dev/null 2>&1 &
	sleep 0.2
	roll 3
	case $rolled in
	0) try ip -n passing link del q ;;
	1) try ip -n passing link del out ;;
	2) ;;
	esac
	try ip netns del passing
	wait
done
finished devices
