# SPDX-License-Identifier: MIT
# Legs join and leave, get other names, and move to another network namespace and back.
while more; do
	choose_leg
	roll 4
	case $rolled in
	0 | 1)
		try ip -n $node link set $leg nomaster
		try ip -n $node link set $leg master p
		;;
	2)
		try ip -n $node link set $leg name renamed
		try ip -n $node link set renamed name $leg || ip -n $node link del renamed >/dev/null 2>&1
		;;
	3)
		try ip -n $node link set $leg netns elsewhere
		# When the name was given anew meanwhile, this one is not needed any more.
		try ip -n elsewhere link set $leg netns $node || ip -n elsewhere link del $leg >/dev/null 2>&1
		try ip -n $node link set $leg master p
		;;
	esac
	try ip -n $node link set $leg up
done
finished legs
