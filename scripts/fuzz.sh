#!/usr/bin/env bash
# Fuzzes every target that there is, one after the other.
#
#   FUZZTIME   seconds for each target (default 10)
#   FUZZTOTAL  upper limit in seconds for all targets together, shared out
#              evenly; 0 means none (default 240)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fuzztime=${FUZZTIME:-10}
fuzztotal=${FUZZTOTAL:-240}

# `go test -list` prints the names, then one line "ok <package> <time>".
targets() {
	go test -list '^Fuzz' ./... | awk '
		/^Fuzz/    { names[++n] = $1; next }
		$1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }'
}

work=$(mktemp -d)
log=$work/log
trap 'rm -rf "$work"' EXIT
# What earlier runs have found interesting, where go test keeps it too.
corpus=$(go env GOCACHE)/fuzz

# Go before 1.27 may report the end of -fuzztime itself as a failure, without
# any failing input (go.dev/issue/75804). Only that, and only once, is retried.
deadline_race() {
	grep -q '^ *context deadline exceeded$' "$log" && ! grep -Eq 'Failing input written|panic:' "$log"
}

# A package is linked once for all its targets: go test would do it for each.
build() {
	[ "${built:-}" = "$1" ] || go test -c -fuzz . -o "$work/test" "$1" >"$log" 2>&1
	built=$1
}

fuzz() {
	build "$1" || return
	(
		cd "$(go list -f '{{.Dir}}' "$1")" &&
			"$work/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${fuzztime}s" -test.fuzzminimizetime 5s \
				-test.fuzzcachedir "$corpus/$1" -test.timeout 10m
	) >"$log" 2>&1
}

list=$(targets) || die "the tests do not compile: go test -list '^Fuzz' ./..."
[ -n "$list" ] || die "no fuzz target found; each reader of outside bytes has one"
count=$(wc -l <<<"$list")

if [ "$fuzztotal" -gt 0 ]; then
	share=$((fuzztotal / count))
	[ "$share" -ge 2 ] || share=2
	[ "$share" -ge "$fuzztime" ] || fuzztime=$share
fi
say "$((count)) targets, $fuzztime s each"

while read -r package target; do
	if ! fuzz "$package" "$target" && ! { deadline_race && fuzz "$package" "$target"; }; then
		cat "$log"
		die "$target of $package failed; an input that it found stands in that package's testdata/fuzz, and fails go test until the cause is mended"
	fi
	printf '%s %s: %s\n' "$package" "$target" "$(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
done <<<"$list"
