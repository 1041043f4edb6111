# SPDX-License-Identifier: MIT
# Many packets may leave at once: others run in between, and all of them leave.
PACKETS=300
ip link add hq type plait scheduler earliest
ip link add hq.a type ipip local 10.0.1.1 remote 10.0.1.2 ttl 64
ip link set hq.a master hq
ip link set hq.a type plait_slave rate 8kbit
ip link set hq.a up
ip link set hq up
# So that they wait in the device itself.
tc qdisc replace dev hq root noqueue
ip addr add 10.9.9.1/24 dev hq

# wait_in_device: a packet takes 84 ms, they come within 3 s (the guest's timer has steps of 10 ms)
wait_in_device() {
	before=$(counter hq hq.a_tx_packets)
	ping -c $PACKETS -i 0.002 -W 0.1 10.9.9.2 >/dev/null 2>&1
	left=$(($(counter hq hq.a_tx_packets) - before))
	[ $left -lt 60 ] && echo 'ok most of them wait' || echo "not ok most of them wait: $left have left"
}
left() {
	echo $(($(counter hq hq.a_tx_packets) - before))
}
# squeezed AT_LEAST: how often sending stopped since
squeezed() {
	times=$(($(counter hq tx_squeezed) - stopped))
	[ $times -ge "$1" ] && echo "ok others could run $times times" || echo "not ok others could run $times times, not $1"
}

wait_in_device
stopped=$(counter hq tx_squeezed)
ip link set hq.a type plait_slave rate 1gbit
soon 'with a higher rate all leave' $PACKETS left
squeezed 3

ip link set hq.a type plait_slave rate 8kbit
wait_in_device
stopped=$(counter hq tx_squeezed)
ip link set hq type plait scheduler weighted
soon 'with a scheduler that holds nothing back all leave' $PACKETS left
squeezed 3
