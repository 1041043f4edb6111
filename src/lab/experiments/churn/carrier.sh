# SPDX-License-Identifier: MIT
# The lines below the legs lose their carrier and get it back, and ports go down and up.
while more; do
	one_of $WIRES
	wire=$chosen
	try ip -n wire link set $wire down
	sleep 0.3
	try ip -n wire link set $wire up
	sleep 0.7
	one_of left right
	node=$chosen
	one_of $LEGS
	try ip -n $node link set "eth$chosen" down
	try ip -n $node link set "eth$chosen" up
	try ip -n $node link set "p.leg$chosen" down
	try ip -n $node link set "p.leg$chosen" up
done
finished carrier
