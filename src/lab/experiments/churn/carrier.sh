# SPDX-License-Identifier: MIT
# The lines below the legs lose their carrier and get it back, and ports go down and up.
while more; do
	one_of $WIRES
	wire=$chosen
	try ip -n wire link set $wire down
	sleep 0.3
	try ip -n wire link set $wire up
	sleep 0.7
	choose_leg
	try ip -n $node link set "eth$number" down
	try ip -n $node link set "eth$number" up
	try ip -n $node link set $leg down
	try ip -n $node link set $leg up
done
finished carrier
