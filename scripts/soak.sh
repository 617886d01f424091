#!/usr/bin/env bash
# Loads a kernel's server in a test's process, then debug adapters and a kernel in processes of the built program,
# with clients that behave and clients that do not, and looks whether anything is left behind: memory,
# goroutines, descriptors.
#
#   scripts/soak.sh           ten minutes of both, side by side
#   scripts/soak.sh 60        a minute
#   REQUESTS=1000000 scripts/soak.sh   so many requests to the first, however long they take
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-600}
if [ -n "${REQUESTS:-}" ]; then
	say "$REQUESTS requests"
	LLMSPELL_STRESS_REQUESTS=$REQUESTS go test ./kernel/rpc -run '^TestStress$' -count=1 -v -timeout 2h
	exit
fi
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
say "a kernel's server, debug adapters and a kernel, $seconds seconds"
go build -o bin/llmspell .
go test -c -o "$work/rpc.test" ./kernel/rpc
# Side by side: either leaves processors idle while it waits for what it has begun to end.
(cd kernel/rpc && LLMSPELL_STRESS_TIME=${seconds}s exec "$work/rpc.test" -test.run '^TestStress$' -test.v -test.timeout $((seconds * 2 + 1800))s) >"$work/log" 2>&1 &
server=$!
failed=
bin/llmspell bench stress --duration "${seconds}s" || failed=yes
wait "$server" || failed=yes
server=
cat "$work/log"
[ -z "$failed" ] || die "something failed, or was left behind: see above"
