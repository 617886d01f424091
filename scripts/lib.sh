# Shared by the scripts of this folder; sourced, not run.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# say prints progress. Colour only helps a person at a terminal.
say() {
	if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi
}

# die ends the script with a message that says what to do.
die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# step NAME COMMAND… announces a step, runs it, and tells how long it took.
# The command runs in a subshell outside any condition: bash would switch
# `set -e` off within one, and a failure in the middle would be lost.
step() {
	local name=$1 start=$SECONDS status
	shift
	say "==> $name"
	set +e
	( set -e; "$@" )
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		die "step \"$name\" failed (exit code $status, after $((SECONDS - start)) s); run it alone with: scripts/test.sh $name"
	fi
	say "<== $name: $((SECONDS - start)) s"
}
