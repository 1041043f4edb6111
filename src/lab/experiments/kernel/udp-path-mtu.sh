# SPDX-License-Identifier: MIT
# The parts of the experiment udp-path-mtu, in a. $LEGS: "one" or "two"; $HERE, $THERE: addresses of a and b by the routers, $VIA, $BACK:
# the routers' for them; $OTHER: b's address by the other path; $NET_A, $NET_B: networks of the hosts.

# router NAME COMMAND…
router() {
	name=$1
	shift
	nsenter --net=/run/netns/"$name" -- "$@"
}
# middle SIZE: what the routers take
middle() {
	for name in r1 r2; do
		for device in $(router $name ip -o link show | sed -n 's/^[0-9]*: \([^@:]*\).*/\1/p' | grep -v lo); do
			router $name ip link set "$device" mtu "$1"
		done
	done
}
# leg WORD [in_b]: of the leg by the middle
leg() {
	$2 udp-legs show hq | sed -n 's/^leg=0 //p' | tr ' ' '\n' | sed -n "s/^$1=//p"
}
# now: in ms
now() {
	sed 's/\([0-9]*\)\.\([0-9]*\) .*/\1\20/' /proc/uptime
}
# until_so COUNT PAUSE COMMAND…: asks so often, with a pause in s, until it succeeds; prints the ms that it took
until_so() {
	tries=$1
	pause=$2
	shift 2
	began=$(now)
	while ! "$@" && [ "$tries" -gt 0 ]; do
		tries=$((tries - 1))
		sleep "$pause"
	done
	echo $(($(now) - began))
}
# knows SIZE: both ends
knows() {
	[ "$(leg mtu)" = "$1" ] && [ "$(leg mtu in_b)" = "$1" ]
}
# uses SIZE: so large are packets inside
uses() {
	[ "$(mtu hq)" = "mtu $(($1 - 60))" ]
}
# Sends a small packet now and then, which does not ask for much.
trickle() {
	ping -i 5 -s 1000 -w 720 10.9.9.2 >/dev/null
}

begin_with() {
	# What the routers send themselves is lost: ICMP.
	for name in r1 r2; do
		router $name ip rule add iif lo pref 1 lookup 99
		router $name ip route add blackhole default table 99
	done
	middle "$1"
	ip route replace "$THERE/32" via "$VIA" src "$HERE"
	in_b ip route replace "$HERE/32" via "$BACK" src "$THERE"
	# shellcheck disable=SC2046
	set -- "$1" $(udp-legs key) $(in_b udp-legs key)
	for end in '' in_b; do
		$end ip link add hq type plait scheduler earliest
		$end ip link set hq up
	done
	ip addr add 10.9.9.1/24 dev hq
	in_b ip addr add 10.9.9.2/24 dev hq
	ip route replace "$NET_B" dev hq
	in_b ip route replace "$NET_A" dev hq
	in_b udp-legs peer hq private="$4" peer="$3" listen=5050
	udp-legs peer hq private="$2" peer="$5"
	udp-legs leg hq 0 name=one remote="$THERE" port=5050
	[ "$LEGS" = one ] || udp-legs leg hq 1 name=two remote="$OTHER" port=5050
	soon 'the leg lives' 2 leg state
	echo "found $(until_so 1000 0.01 knows "$1")"
	passes "both ends know $1" knows "$1"
	echo "probes $(leg mtu-probes)"
	soon 'and use it at once' "mtu $(($1 - 60))" mtu hq
	soon 'at both ends' "mtu $(($1 - 60))" mtu hq in_b
	passes 'full packets pass' ping -c 3 -i 0.05 -M do -s $(($1 - 60 - 28)) -W 1 10.9.9.2
	refuses 'larger ones are told so' 'too long\|too large' ping -c 1 -M do -s $(($1 - 60 - 27)) -W 1 10.9.9.2
}

becomes() {
	before=$(leg mtu-probes)
	middle "$1"
	echo "found $(until_so 1000 0.01 a_knows "$1")"
	equals "this end knows $1" "$(leg mtu)" "$1"
	echo "probes $(($(leg mtu-probes) - before))"
	passes 'packets inside are small enough' test "$(mtu hq | cut -d' ' -f2)" -le $(($1 - 60))
	equals 'the leg lives' "$(leg state)" 2
}
# a_knows SIZE: this end, which has sent
a_knows() {
	[ "$(leg mtu)" = "$1" ]
}

comes_back() {
	before=$(leg mtu-probes)
	middle "$1"
	trickle &
	echo "found $(($(until_so 72 10 uses "$1") / 1000))"
	passes "packets of $1 are used again" uses "$1"
	passes "both ends know it" knows "$1"
	echo "probes $(($(leg mtu-probes) - before))"
	passes 'full packets pass' ping -c 3 -i 0.05 -M do -s $(($1 - 60 - 28)) -W 1 10.9.9.2
}
