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

# VS Code's server needs Node 20. Where the machine's own is older (Debian 12 has 18),
# install.sh fetches one with npm, and all scripts take that.
node_is() { have node && [ "$(node -p "process.versions.node.split('.')[0] >= $1")" = true ]; }
newer_node=editors/tests/node
take_newer_node() {
	local bin
	for bin in "$PWD/$newer_node"/node_modules/node-linux-*/bin; do
		[ ! -x "$bin/node" ] || PATH=$bin:$PATH
	done
}
node_is 20 || take_newer_node

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
