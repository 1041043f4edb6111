#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs on the board, in the folder of an upload: takes chunks of a bundle as raw bytes from the terminal that is its standard
# input, and keeps those that it knows by their SHA-256, as files of that name. What they are is in a list, itself known by its
# SHA-256. Nothing is believed of a chunk but its bytes, so nothing that the line loses, flips or adds can spoil what is there.
#
# A chunk ends after BLOCK bytes, or when nothing comes for SILENCE tenths of a second (VTIME of the terminal), so that one that
# lost bytes ends, too. Each is answered by a line: @ID, what came and what was kept last, by the beginning of their SHA-256.
#
# receive.sh ID LIST LEAVE BLOCK SILENCE QUIET BAD KEYS [SPEED]
#   LEAVE  SHA-256 of the chunk that ends this
#   QUIET  so many silences in a row end it, too: whoever sent is gone
#   BAD    as do so many unknown chunks in a row
#   KEYS   and so many in a row of less than 8 bytes: somebody presses keys and wants the shell
#   SPEED  bits per second to go on at, until it ends
id=$1 list=$2 leave=$3 block=$4 silence=$5 quiet_limit=$6 bad_limit=$7 keys_limit=$8 fast=$9

mode=$(stty -g) && speed=$(stty speed) || exit
restore() {
	stty "$mode"
	stty "$speed"
	rm -f part
}
trap restore EXIT
trap 'exit 1' HUP INT TERM

hash() {
	hash=$(sha256sum <"$1")
	hash=${hash%% *}
}

listed() {
	[ "$1" = "$list" ] || grep -qxF "$1" "$list" 2>/dev/null
}

take() {
	dd bs="$block" count=1 iflag=fullblock of="$1" 2>/dev/null
}

kept=- quiet=0 bad=0 keys=0
stty raw -echo min 0 time "$silence"
printf '@%s ready\r\n' "$id"
# The terminal's driver lets the line out before it changes the speed.
[ -z "$fast" ] || stty "$fast"
while [ $quiet -lt "$quiet_limit" ] && [ $bad -lt "$bad_limit" ] && [ $keys -lt "$keys_limit" ]; do
	take part
	if [ ! -s part ]; then
		quiet=$((quiet + 1))
		continue
	fi
	quiet=0
	hash part
	if listed "$hash"; then
		mv part "$hash"
		kept=$hash bad=0 keys=0
	elif [ "$hash" != "$leave" ]; then
		size=$(stat -c %s part)
		bad=$((bad + 1))
		[ "$size" -lt 8 ] && keys=$((keys + 1)) || keys=0
		# It may have had more bytes: until the line is silent they belong to it.
		[ "$size" -lt "$block" ] || take /dev/null
	fi
	printf '@%s %.16s %.16s\r\n' "$id" "$hash" "$kept"
	[ "$hash" != "$leave" ] || exit 0
done
exit 1
