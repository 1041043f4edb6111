#!/bin/sh
# SPDX-License-Identifier: MIT
# Buildroot lists what a package installs by comparing target/ with what it was when the package was configured. When
# only the installation is done again there is nothing to compare with: this takes the picture then. Buildroot calls
# it at every step (BR2_INSTRUMENTATION_SCRIPTS): start or end, the step, the package.
[ "$1 $2" = "start install-target" ] || exit 0
mkdir -p "$TARGET_DIR" && cd "$TARGET_DIR" || exit 1
for dir in "$BUILD_DIR/$3" "$BUILD_DIR/$3"-[0-9]* "$BUILD_DIR/$3-custom"; do
	if [ -d "$dir" ] && [ ! -e "$dir/.files-list.before" ]; then
		LC_ALL=C find . \( -type f -o -type l \) -printf '%T@:%i:%#m:%y:%s,%p\n' |
			LC_ALL=C sort > "$dir/.files-list.before"
	fi
done
