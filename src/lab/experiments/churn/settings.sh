# SPDX-License-Identifier: MIT
# Schedulers, weights, rates, the buffer and queueing disciplines change, by rtnetlink and by files in /proc.
while more; do
	choose_leg
	roll 7
	case $rolled in
	0 | 1)
		one_of $SCHEDULERS
		try ip -n $node link set p type plait scheduler $chosen
		;;
	2)
		one_of 1mbit 5mbit 20mbit auto
		try ip -n $node link set $leg type plait_slave rate $chosen
		;;
	3)
		roll 9
		try nsenter --net=/run/netns/$node sh -c "echo $leg=$((rolled + 1)) >$FILES/p/weights"
		;;
	4)
		one_of on off
		try ip -n $node link set p type plait buffer $chosen
		try nsenter --net=/run/netns/$node sh -c "echo $rolled >$FILES/bufferOn"
		;;
	5)
		one_of off on
		try ip -n $node link set $leg type plait_slave enabled $chosen
		try ip -n $node link set $leg type plait_slave enabled on
		;;
	6)
		one_of 'pfifo limit 50' noqueue mq 'netem delay 3ms' fq_codel fq
		try tc -n $node qdisc replace dev p root $chosen
		try tc -n $node qdisc del dev p root
		;;
	esac
done
finished settings
