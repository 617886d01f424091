#!/usr/bin/env bash
# Compiles for each system that llmspell is for, without cgo: that is what
# `go install` gives on a machine with no C compiler.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for system in linux darwin windows; do
	say "go build for $system"
	CGO_ENABLED=0 GOOS=$system go build ./... || die "does not compile for $system"
done
