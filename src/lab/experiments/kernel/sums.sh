# SPDX-License-Identifier: MIT
# The buffer reads whole only what it has to: what comes in order passes unread, what overtook does not.
ip link add hq type plait buffer on
in_b ip link add hq type plait
tunnels 2
in_b ip link set hq.l2 type plait_slave enabled off

# summed: packets of 1 MB that were read whole, of about 740
summed() {
	before=$(sed -n 's/^summed //p' $FILES/bufferStatistics)
	iperf3 -s -1 -D
	sleep 0.5
	in_b iperf3 -c 10.9.9.1 -n 1M >/dev/null
	echo $(($(sed -n 's/^summed //p' $FILES/bufferStatistics) - before))
}
few=$(summed)
[ "$few" -ge 1 ] && [ "$few" -le 40 ] && echo "ok by one leg $few" || echo "not ok by one leg $few, not 1 to 40"

# Packets by the second leg are 5 ms late.
in_b ip link set hq.l2 type plait_slave enabled on
in_b tc qdisc add dev hq.l2 root netem delay 5ms
many=$(summed)
[ "$many" -ge 100 ] && echo "ok by two legs of different length $many" || echo "not ok by two legs of different length $many, not 100"
