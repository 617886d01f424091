#!/usr/bin/env bash
# Measures llmspell side by side with other programs: debug adapters, Lua interpreters, a language server, a kernel of
# Jupyter, searches of vectors. Installs what it can of them: packages of Debian with apt-get, Go modules into bin/peers. What it cannot
# install is told, and the table has a row that says so.
#
#   scripts/peers.sh                            prints the table
#   scripts/peers.sh -topic 'step|execute'      a part of it
#   scripts/peers.sh -write docs/performance.md makes the page
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export GOBIN=$PWD/bin/peers
export PATH=$GOBIN:$PATH

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
can_install() { have apt-get && { [ -z "$as_root" ] || have sudo; }; }
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >/dev/null 2>&1; }

# update fetches the lists of packages, once.
updated=
update() {
	[ -z "$updated" ] || return 0
	updated=yes
	say "apt-get update"
	apt update || say "apt-get update failed: the lists of packages may be old"
}

# package installs packages if a command fails that needs them. A machine without them is measured without them.
package() {
	local needs=$1
	shift
	if bash -c "$needs" >/dev/null 2>&1; then return 0; fi
	if can_install && { apt install -y --no-install-recommends "$@" || { update && apt install -y --no-install-recommends "$@"; }; } && bash -c "$needs" >/dev/null 2>&1; then
		say "installed: $*"
	else
		say "not there, and not installed: $*"
	fi
}

# module installs a program of a Go module.
module() {
	have "$1" || go install "$2" || say "not there, and not installed: $1 ($2)"
}

lldb=lldb-19 # the newest that is there, where this is not
lldb_there="compgen -c lldb-dap"
if can_install && ! bash -c "$lldb_there" >/dev/null && [ -z "$(apt-cache madison "$lldb" 2>/dev/null)" ]; then
	update
	newest=$(apt-cache search --names-only '^lldb-[0-9]+$' 2>/dev/null | awk '{ print $1 }' | sort -V | tail -n 1 || true)
	[ -n "$(apt-cache madison "$lldb" 2>/dev/null)" ] || lldb=${newest:-$lldb}
fi
package "$lldb_there" "$lldb"
package "command -v lua5.1" lua5.1
package "command -v luajit" luajit
package "command -v cc" gcc libc6-dev
package "command -v g++ && [ -e /usr/include/hnswlib/hnswlib.h ]" g++ libhnswlib-dev
package "/usr/bin/python3 -c 'import debugpy'" python3-debugpy
package "/usr/bin/python3 -c 'import ipykernel, jupyter_client'" python3-ipykernel python3-jupyter-client
module dlv github.com/go-delve/delve/cmd/dlv@v1.27.2
module gopls golang.org/x/tools/gopls@v0.23.0

go build -o bin/llmspell .
if [[ " $* " != *" -topic "* ]]; then
	# Searches of vectors, beside hnswlib and pgvector: the servers and compilers that these need are there for tests.
	scripts/pgvector.sh || say "pgvector was not installed"
	rows=$PWD/bin/peers/vectors.json
	mkdir -p "$(dirname "$rows")"
	rm -f "$rows"
	LLMSPELL_PEERS=10000 LLMSPELL_PEERS_ROWS=$rows go test ./latency -run '^TestVectorPeers$' -count=1 -timeout 10m -v | grep -vE '^(=== |ok|PASS)' || say "searches of vectors were not measured"
	[ ! -e "$rows" ] || set -- -vectors "$rows" "$@"
fi
go run ./latency/peers/run "$@"
