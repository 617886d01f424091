#!/usr/bin/env bash
# Measures llmspell side by side with other programs: debug adapters, Lua interpreters, a language server, a kernel of
# Jupyter. Installs what it can of them: packages of Debian with apt-get, Go modules into bin/peers.
#
#   scripts/peers.sh                            prints the table
#   scripts/peers.sh -write docs/performance.md makes the page
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export GOBIN=$PWD/bin/peers
export PATH=$GOBIN:$PATH

missing() {
	have lldb-dap-19 || echo lldb-19
	have lua5.1 || echo lua5.1
	have luajit || echo luajit
	have cc || echo gcc libc6-dev
	/usr/bin/python3 -c 'import debugpy' 2>/dev/null || echo python3-debugpy
	/usr/bin/python3 -c 'import ipykernel' 2>/dev/null || echo python3-ipykernel
}

packages=$(missing | xargs)
if [ -n "$packages" ]; then
	as_root=
	[ "$(id -u)" -eq 0 ] || as_root=sudo
	# shellcheck disable=SC2086 # one word for each package
	if have apt-get && { [ -z "$as_root" ] || have sudo; } && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $packages >/dev/null; then
		say "installed: $packages"
	else
		say "not there, and not installed: $packages"
	fi
fi
have dlv || go install github.com/go-delve/delve/cmd/dlv@v1.27.2 || say "dlv was not installed"
have gopls || go install golang.org/x/tools/gopls@v0.23.0 || say "gopls was not installed"

go build -o bin/llmspell .
go run ./latency/peers/run "$@"
