#!/usr/bin/env bash
# The whole test suite, in steps. It stops at the first that fails.
#
#   scripts/test.sh            every step
#   scripts/test.sh lint race  only these
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What the tests need is there after the first step, so that a test which
# would skip for want of it fails instead.
export CI=true

steps=(install lint cross quickstart race full latency soak fuzz npm emacs nvim vscode)

install_step() { scripts/install.sh; scripts/pgvector.sh; }
lint_step() { scripts/lint.sh; }
cross_step() { scripts/cross.sh; }
quickstart_step() { make --no-print-directory quickstart; }

# go_test is go test with the arguments given. When one or two packages fail, for another
# reason than a data race, a panic or the compiler, they are tested once more by themselves,
# with nothing beside them: a machine on which everything waits for a processor must not
# refuse a change. That is told, and is a fault all the same: mend it.
go_test() {
	local log failed count grave flags=()
	log=$(mktemp)
	if go test "$@" 2>&1 | tee "$log"; then
		rm -f "$log"
		return
	fi
	failed=$(awk '$1 == "FAIL" && $2 ~ /\// { print $2 }' "$log" | sort -u)
	count=$(wc -w <<<"$failed")
	grave=$(grep -cE 'WARNING: DATA RACE|^panic: |^fatal error: |\[(build|setup) failed\]' "$log") || true
	rm -f "$log"
	if [ "$count" -eq 0 ] || [ "$count" -gt 2 ] || [ "$grave" -gt 0 ]; then
		return 1
	fi
	say "FAILED, tested once more: $(paste -s -d ' ' <<<"$failed")"
	while [[ ${1-} == -* ]]; do
		flags+=("$1")
		case $1 in -p | -timeout | -run) flags+=("$2") && shift ;; esac
		shift
	done
	# shellcheck disable=SC2086 # one word for each package
	go test -count=1 "${flags[@]}" $failed
	say "FLAKY, passed the second time: $(paste -s -d ' ' <<<"$failed")"
}

# The race detector slows everything 5 to 20 times, so the latency budgets mean nothing
# under it: that package has a step of its own. One package more than there are processors
# is tested at a time, because many tests wait for something. The step lint has vetted them
# already. The limit tells a hang: a machine that does other work takes many times as long.
race_step() {
	local packages at_a_time
	packages=$(go list ./... | grep -v '/latency$')
	at_a_time=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1))
	say "all packages but latency"
	# shellcheck disable=SC2086 # one word for each package
	go_test -race -vet=off -p "$at_a_time" -timeout 60m $packages
}
# Tests that do less or nothing under the race detector: generated programs and calls, of which each runs on one
# goroutine, and what is large. Their sources tell, by the constant raceDetector.
full_step() {
	local packages tests
	packages=$(find . -name race_on_test.go -printf '%h\n' | sort)
	# shellcheck disable=SC2046,SC2086 # one word for each file and package
	tests=$(awk '/^func /{ name = $2; sub(/\(.*/, "", name) } /^\t.*raceDetector/{ print name }' $(printf '%s/*_test.go ' $packages) |
		sort -u | paste -s -d '|')
	say "$(tr '|' '\n' <<<"$tests" | wc -l) tests"
	# shellcheck disable=SC2086 # one word for each package
	go_test -vet=off -timeout 15m -run "^($tests)\$" $packages
}
# Minutes on a quiet machine; a busy one makes it measure again and again.
latency_step() { go test ./latency -count=1 -timeout 30m; }
soak_step() { scripts/soak.sh 60; }
fuzz_step() { scripts/fuzz.sh; }
npm_step() { scripts/clients.sh npm; }
emacs_step() { in_editor emacs; }
nvim_step() { in_editor nvim; }
vscode_step() { in_editor vscode; }
# An editor that did not come up in time has a second try, which is told.
in_editor() {
	scripts/clients.sh "$1" && return
	say "FAILED, tested once more: $1"
	scripts/clients.sh "$1"
	say "FLAKY, passed the second time: $1"
}

[ $# -eq 0 ] || steps=("$@")
for name in "${steps[@]}"; do
	declare -F "${name}_step" >/dev/null || die "unknown step $name: install lint cross quickstart race full latency soak fuzz npm emacs nvim vscode"
done

for name in "${steps[@]}"; do
	step "$name" "${name}_step"
done
say "passed in $((SECONDS / 60)) min $((SECONDS % 60)) s: ${steps[*]}"
