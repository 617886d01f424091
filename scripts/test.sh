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

install_step() { scripts/install.sh; }
lint_step() { scripts/lint.sh; }
cross_step() { scripts/cross.sh; }
quickstart_step() { make --no-print-directory quickstart; }

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
	go test -race -vet=off -p "$at_a_time" -timeout 60m $packages
}
# Tests that do less under the race detector: generated programs, of which each runs on one
# goroutine, and what is large. Their sources tell, by the constant raceDetector.
full_step() {
	local packages tests
	packages=$(find . -name race_on_test.go -printf '%h\n' | sort)
	# shellcheck disable=SC2046,SC2086 # one word for each file and package
	tests=$(awk '/^func /{ name = $2; sub(/\(.*/, "", name) } /^\t.*raceDetector/{ print name }' $(printf '%s/*_test.go ' $packages) |
		sort -u | paste -s -d '|')
	say "$(tr '|' '\n' <<<"$tests" | wc -l) tests"
	# shellcheck disable=SC2086 # one word for each package
	go test -vet=off -timeout 15m -run "^($tests)\$" $packages
}
# Minutes on a quiet machine; a busy one makes it measure again and again.
latency_step() { go test ./latency -count=1 -timeout 30m; }
soak_step() { scripts/soak.sh 60; }
fuzz_step() { scripts/fuzz.sh; }
npm_step() { scripts/clients.sh npm; }
emacs_step() { scripts/clients.sh emacs; }
nvim_step() { scripts/clients.sh nvim; }
vscode_step() { scripts/clients.sh vscode; }

[ $# -eq 0 ] || steps=("$@")
for name in "${steps[@]}"; do
	declare -F "${name}_step" >/dev/null || die "unknown step $name: install lint cross quickstart race full latency soak fuzz npm emacs nvim vscode"
done

for name in "${steps[@]}"; do
	step "$name" "${name}_step"
done
say "passed in $((SECONDS / 60)) min $((SECONDS % 60)) s: ${steps[*]}"
