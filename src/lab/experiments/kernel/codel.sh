# SPDX-License-Identifier: MIT
# The queue of a device follows the round trip of its legs, also when another discipline stood there meanwhile.
ip link add hq type plait scheduler earliest
in_b ip link add hq type plait
tunnels 1
in_b tc qdisc add dev "$(port in_b)" root netem delay 200ms

interval() {
	tc qdisc show dev hq | grep 'parent :1' | grep -o ' interval [^ ]*'
}
traffic() {
	in_b iperf3 -s -1 -D
	sleep 0.5
	iperf3 -c 10.9.9.2 -t 5 >/dev/null
}
equals 'at first' "$(interval)" ' interval 100ms'
traffic
followed=$(interval)
case $followed in
' interval '[56]??ms) echo "ok three round trips of 200 ms:$followed" ;;
*) echo "not ok three round trips of 200 ms:$followed" ;;
esac
tc qdisc replace dev hq root pfifo
tc qdisc del dev hq root
equals 'a new default' "$(interval)" ' interval 100ms'
traffic
equals 'follows, too' "$(interval)" "$followed"
