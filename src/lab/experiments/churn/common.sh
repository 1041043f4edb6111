# SPDX-License-Identifier: MIT
# For the scripts beside. Each of them runs until $SECONDS_LEFT are over, counts what it has changed, and prints
# "<what it is> <count>" at the end. While others change the same devices a command may fail: that does not count.

uptime() {
	read -r up rest </proc/uptime
	echo "${up%.*}"
}

END=$(($(uptime) + SECONDS_LEFT))

more() {
	[ "$(uptime)" -lt $END ]
}

random=$SEED

# roll N: sets $rolled to one of 0 to N-1
roll() {
	random=$(((random * 1103515245 + 12345) & 2147483647))
	rolled=$(((random >> 16) % $1))
}

# one_of WORD…: sets $chosen
one_of() {
	roll $#
	shift $rolled
	chosen=$1
}

# choose_leg: sets $node, $number and $leg
choose_leg() {
	one_of left right
	node=$chosen
	one_of $LEGS
	number=$chosen
	leg=p.leg$number
}

changed=0

# try COMMAND…: counts when it succeeds
try() {
	"$@" >/dev/null 2>&1 && changed=$((changed + 1))
}

finished() {
	echo "$1 $changed"
}

FILES=/proc/sys/net/ipv4/multipath
SCHEDULERS='earliest weighted backup duplicate'

# build_side NODE SIDE OTHER HOST: the plait device of a router with its legs; LEGS are their numbers
build_side() {
	ip -n "$1" link add p type plait
	for leg in $LEGS; do
		ip -n "$1" link add "p.leg$leg" type ipip local "10.80.$leg.$2" remote "10.80.$leg.$3" dev "eth$leg" ttl 64
		ip -n "$1" link set "p.leg$leg" master p
		ip -n "$1" link set "p.leg$leg" up
	done
	ip -n "$1" link set p up
	ip -n "$1" route replace "$4" dev p
}

build_both() {
	build_side left 1 2 "$RECEIVER"
	build_side right 2 1 "$SENDER"
}
