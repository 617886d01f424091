#!/usr/bin/env bash
# The whole test suite, in steps. It stops at the first that fails.
#
#   scripts/test.sh            every step
#   scripts/test.sh lint race  only these
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What the tests need is there after the first step, so that a test which
# would skip for want of it fails instead.
export CI=true

steps=(install lint cross quickstart race latency soak fuzz npm emacs nvim)

install_step() { scripts/install.sh; }
lint_step() { scripts/lint.sh; }
cross_step() { scripts/cross.sh; }
quickstart_step() { make --no-print-directory quickstart; }

# concurrent DIR: whether the code or the tests of a package start a goroutine, or are
# written for several.
concurrent() {
	grep -qE '(^|[^A-Za-z_.])go (func|[a-z][A-Za-z.]*\()|\.Go\(|(^|[^A-Za-z_])(sync|atomic|synctest)\.|(^|[^A-Za-z_])chan ' "$1"/*.go
}

# The race detector slows everything 5 to 20 times, so the latency budgets mean nothing
# under it: that package has a step of its own. Where nothing happens at the same time
# there is nothing for it to find, and such packages are tested without it.
# One package more than there are processors is tested at a time, because many tests wait
# for something. The step lint has vetted them already.
race_step() {
	local package dir raced=() plain=() at_a_time
	at_a_time=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1))
	while read -r package dir; do
		if concurrent "$dir"; then raced+=("$package"); else plain+=("$package"); fi
	done < <(go list -f '{{.ImportPath}} {{.Dir}}' ./... | grep -v '/latency ')
	[ "${#raced[@]}" -gt 0 ] || die "no packages: go list ./..."
	say "${#plain[@]} packages that only compute"
	[ "${#plain[@]}" -eq 0 ] || go test -vet=off -p "$at_a_time" -timeout 15m "${plain[@]}"
	say "${#raced[@]} others, with the race detector"
	go test -race -vet=off -p "$at_a_time" -timeout 15m "${raced[@]}"
}
latency_step() { go test ./latency -count=1 -timeout 10m; }
soak_step() { scripts/soak.sh 60; }
fuzz_step() { scripts/fuzz.sh; }
npm_step() { scripts/clients.sh npm; }
emacs_step() { scripts/clients.sh emacs; }
nvim_step() { scripts/clients.sh nvim; }

[ $# -eq 0 ] || steps=("$@")
for name in "${steps[@]}"; do
	declare -F "${name}_step" >/dev/null || die "unknown step $name: install lint cross quickstart race latency soak fuzz npm emacs nvim"
done

for name in "${steps[@]}"; do
	step "$name" "${name}_step"
done
say "passed in $((SECONDS / 60)) min $((SECONDS % 60)) s: ${steps[*]}"
