#!/usr/bin/env bash
# Runs the benchmarks without the tests.
#
#   BENCH      which ones, a regular expression (default: all)
#   BENCHTIME  how long each (default 1s)
#   COUNT      how often, for benchstat (default 1)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

go test ./... -run '^$' -bench "${BENCH:-.}" -benchtime "${BENCHTIME:-1s}" -count "${COUNT:-1}" -benchmem |
	grep -v 'no test files'
