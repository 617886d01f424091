#!/usr/bin/env bash
# Compiles for each system that llmspell is for, without cgo: that is what
# `go install` gives on a machine with no C compiler. Nothing of it is run, so our own packages
# are not optimised, and of the programs only llmspell, which has them all in it, is linked.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for system in linux darwin windows; do
	say "go build for $system"
	export CGO_ENABLED=0 GOOS=$system
	go list -export -gcflags='-N -l' ./... >/dev/null || die "does not compile for $system"
	go build -gcflags='./...=-N -l' -o /dev/null . || die "does not link for $system"
done
