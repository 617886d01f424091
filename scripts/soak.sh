#!/usr/bin/env bash
# Loads a kernel's server in a test's process, then debug adapters and a kernel in processes of the built program,
# with clients that behave and clients that do not, and looks whether anything is left behind: memory,
# goroutines, descriptors.
#
#   scripts/soak.sh           ten minutes of each
#   scripts/soak.sh 60        a minute
#   REQUESTS=1000000 scripts/soak.sh   so many requests to the first, however long they take
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-600}
if [ -n "${REQUESTS:-}" ]; then
	say "$REQUESTS requests"
	LLMSPELL_STRESS_REQUESTS=$REQUESTS go test ./kernel/rpc -run '^TestStress$' -count=1 -v -timeout 2h
	exit
fi
say "a kernel's server, $seconds seconds"
LLMSPELL_STRESS_TIME=${seconds}s go test ./kernel/rpc -run '^TestStress$' -count=1 -v -timeout $((seconds * 2 + 1800))s
say "debug adapters and a kernel, $seconds seconds"
go build -o bin/llmspell .
bin/llmspell bench stress --duration "${seconds}s"
