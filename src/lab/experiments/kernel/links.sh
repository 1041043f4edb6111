# SPDX-License-Identifier: MIT
# What links take that nobody uses, and that the control group of whoever makes them is charged for it.
LINKS=200
mkdir /tmp/groups
mount -t cgroup2 none /tmp/groups
echo +memory >/tmp/groups/cgroup.subtree_control
mkdir /tmp/groups/one

# each DO: a command for every device
each() {
	for n in $(seq $LINKS); do echo "link $(echo "$*" | sed "s/@/t$n/")"; done
}
available() {
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}
charged() {
	sed -n 's/^kernel //p' /tmp/groups/one/memory.stat
}
# measure ARGUMENTS…: sets bytes a device: $taken, as free memory shows, $paid, as is charged, and $left, still charged when
# all are gone; free memory comes back in whole slabs, some kilobytes more or less
measure() {
	free=$(available)
	before=$(charged)
	each "add @ type $*" >/tmp/batch
	sh -c 'echo $$ >/tmp/groups/one/cgroup.procs; ip -batch /tmp/batch'
	paid=$((($(charged) - before) / LINKS))
	taken=$(((free - $(available)) * 1024 / LINKS))
	each 'del @' >/tmp/batch
	ip -batch /tmp/batch
	sleep 2
	left=$((($(charged) - before) / LINKS))
	echo "# $*: $taken bytes a link, $paid of them charged, $left stay charged"
}
# at_most WHAT FIGURE BOUND
at_most() {
	[ "$2" -le "$3" ] && echo "ok $1: $2 of $3 bytes" || echo "not ok $1: $2 bytes, not $3"
}

# What is made once.
measure dummy
measure plait scheduler earliest
measure dummy
dummy_taken=$taken
dummy_paid=$paid
measure plait scheduler weighted
measure plait scheduler earliest
# The kernel takes more than that for the device itself, of whatever kind.
at_most 'an idle link, beyond what any device takes' $((taken - dummy_taken)) 32768
at_most 'what is charged for it, beyond that' $((paid - dummy_paid)) 32768
at_most 'what nobody is charged for, beyond that of any device' $((taken - dummy_taken - paid + dummy_paid)) 2048
at_most 'what stays of it' "$left" 1024
