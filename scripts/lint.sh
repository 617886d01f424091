#!/usr/bin/env bash
# Checks that need no test to run: format, vet, staticcheck, scripts, lock file.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

STATICCHECK=honnef.co/go/tools/cmd/staticcheck@v0.8.2

gofmt_clean() {
	local unformatted
	unformatted=$(gofmt -l .)
	[ -z "$unformatted" ] || die "not formatted, run gofmt -w on: $unformatted"
}

modules_tidy() {
	# -diff prints what `go mod tidy` would change, and changes nothing.
	go mod tidy -diff || die "go.mod or go.sum is not tidy, run: go mod tidy"
}

shell_syntax() {
	local file
	for file in scripts/*.sh editors/tests/*/*.sh .ci/run; do
		[ ! -e "$file" ] || bash -n "$file"
	done
}

# A lock file names versions and digests. Where they are fetched from is the
# business of the machine that installs them.
lock_portable() {
	local lock
	while IFS= read -r lock; do
		! grep -n '"resolved"' "$lock" ||
			die "$lock names download addresses, write it anew with: npm install --omit-lockfile-registry-resolved"
	done < <(find editors -name package-lock.json -not -path '*/node_modules/*')
}

# The extension's types. The editor that runs it knows none.
types_fit() {
	[ -d editors/vscode/node_modules ] || die "editors/vscode/node_modules is missing, run: scripts/install.sh"
	npm run --silent check --prefix editors/vscode
}

say "gofmt"
gofmt_clean
say "go mod tidy"
modules_tidy
say "go vet"
go vet ./...
say "staticcheck"
go run "$STATICCHECK" ./...
say "shell scripts, lock files"
shell_syntax
lock_portable
say "TypeScript"
types_fit
