#!/usr/bin/env bash
# Fuzzes every target that there is, the targets of two packages side by side.
#
#   FUZZTIME   seconds for each target (default 10)
#   FUZZTOTAL  seconds that fuzzing is to take in all, shared out evenly, where that
#              is less; 0 means no limit (default 130). Building comes on top.
#   FUZZSEED   where a short run begins (default 1), so that it fails for what has changed
#              and not by chance: chance is what long runs are for, which have no seed
#   FUZZONLY   only packages whose path matches this regular expression
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

fuzztime=${FUZZTIME:-10}
fuzztotal=${FUZZTOTAL:-130}
lanes=2
workers=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) / lanes))
[ "$workers" -ge 1 ] || workers=1

# Names the targets, as "package folder target" lines. The sources tell: `go test
# -list` would link each package of the tree and run it.
targets() {
	go list -f '{{$p := .}}{{range .TestGoFiles}}{{$p.ImportPath}} {{$p.Dir}} {{.}}
{{end}}{{range .XTestGoFiles}}{{$p.ImportPath}} {{$p.Dir}} {{.}}
{{end}}' ./... | while read -r package dir file; do
		[ -n "$file" ] || continue
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)([a-z]* \*testing\.F) {.*/\1/p' "$dir/$file" | while read -r target; do
			printf '%s %s %s\n' "$package" "$dir" "$target"
		done
	done | sort
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A long run goes on from what earlier ones have found interesting, where go test keeps it
# too. A short one would spend its time with looking at that again.
corpus=$(go env GOCACHE)/fuzz
if [ "$fuzztotal" -ne 0 ]; then
	corpus=$work/corpus
	export GODEBUG="${GODEBUG:+$GODEBUG,}fuzzseed=${FUZZSEED:-1}"
fi

# What go test -fuzz instruments, without Go's own library: what there is to be found is not there, a target
# tries more in its time, and packages that go test -fuzz would take one by one can be compiled at a time.
instrument='-gcflags=all=-d=libfuzzer -gcflags=std='

# Links the tests of a package, once for all its targets: go test would do it for each.
build() {
	# shellcheck disable=SC2086 # one word for each flag
	go test -c $instrument -ldflags='-s -w' -o "$2" "$1" >"$3" 2>&1
}

# Go before 1.27 may report the end of -fuzztime itself as a failure, without
# any failing input (go.dev/issue/75804). Only that is retried, three times at most.
deadline_race() {
	grep -q '^ *context deadline exceeded$' "$1" && ! grep -Eq 'Failing input written|panic:' "$1"
}

# Fuzzes one target. What is merely interesting is not made small for long.
fuzz() {
	local package=$1 dir=$2 target=$3 binary=$4 log=$5
	(
		cd "$dir" && "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${fuzztime}s" \
			-test.fuzzminimizetime 100x -test.parallel "$workers" -test.fuzzcachedir "$corpus/$package" -test.timeout 10m
	) >"$log" 2>&1
}

# Fuzzes the targets of a package. 255 has xargs start no other.
fuzz_package() {
	local package dir target scratch tries
	scratch=$(mktemp -d "$work/package.XXXXXX")
	if ! build "$1" "$scratch/test" "$scratch/log"; then
		cat "$scratch/log"
		printf 'error: the tests of %s do not compile\n' "$1" >&2
		return 255
	fi
	while read -r package dir target; do
		tries=1
		until fuzz "$package" "$dir" "$target" "$scratch/test" "$scratch/log"; do
			if [ "$tries" -lt 4 ] && deadline_race "$scratch/log"; then
				tries=$((tries + 1))
				continue
			fi
			cat "$scratch/log"
			printf 'error: %s of %s failed; an input that it found stands in that package'"'"'s testdata/fuzz, and fails go test until the cause is mended\n' "$target" "$package" >&2
			return 255
		done
		printf '%s %s: %s\n' "$package" "$target" "$(grep -o 'execs: [0-9]*' "$scratch/log" | tail -n 1)"
	done < <(grep "^$1 " "$work/targets")
	rm -rf "$scratch"
}

targets >"$work/targets" || die "the packages cannot be listed: go list ./..."
if [ -n "${FUZZONLY:-}" ]; then
	FUZZONLY=$FUZZONLY awk '$1 ~ ENVIRON["FUZZONLY"]' "$work/targets" >"$work/chosen"
	[ -s "$work/chosen" ] || die "FUZZONLY=$FUZZONLY matches no target"
	mv "$work/chosen" "$work/targets"
fi
count=$(wc -l <"$work/targets")
[ "$count" -gt 0 ] || die "no fuzz target found; each reader of outside bytes has one"

if [ "$fuzztotal" -gt 0 ]; then
	share=$((fuzztotal * lanes / count))
	[ "$share" -ge 2 ] || share=2
	[ "$share" -ge "$fuzztime" ] || fuzztime=$share
fi
# The packages with the most targets first, so that the lanes end together.
cut -d ' ' -f 1 "$work/targets" | uniq -c | sort -k 1,1nr -k 2 | awk '{ print $2 }' >"$work/packages"
# All is compiled before, so that both lanes only link: what two packages need is compiled once, and no lane waits.
say "$((count)) targets in $(wc -l <"$work/packages") packages are compiled"
# shellcheck disable=SC2046,SC2086 # one word for each flag and package
go list -test -export $instrument $(cat "$work/packages") >/dev/null || die "the tests do not compile, see above"
say "$fuzztime s each, $lanes packages at a time"

export -f build deadline_race fuzz fuzz_package
export work corpus fuzztime workers instrument
xargs <"$work/packages" -P "$lanes" -I {} bash -c 'fuzz_package {}' || die "fuzzing failed, see above"
