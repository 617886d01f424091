#!/usr/bin/env bash
# Installs what the tests need beyond Go: a C compiler (the race detector),
# PUC Lua 5.1 (the truth about the language), luacheck (what it finds in scripts, we find too), patch (what it makes of our diffs), poppler (what a PDF says), ffmpeg (pictures of
# videos), hnswlib (our search of vectors is compared with it), independent debug and language clients
# (Microsoft's, from npm, Emacs with dap-mode, Eglot and lsp-mode, Neovim, and VS Code in Chromium), and the database servers that
# the database tools are tested against.
#
# On Debian and its kin the missing packages are installed with apt-get, as
# root or through sudo. Elsewhere this only says what is missing.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

have go || die "Go is missing: install the version named in go.mod or later, see https://go.dev/doc/install"

# Each probe uses the component rather than looking for its package, so that
# what a person installed in another way counts too.
has_cc() {
	local out ok=0
	out=$(mktemp)
	# A compiler without the C library's headers (Debian splits them) is not enough.
	printf '#include <stdlib.h>\nint main(void) { return 0; }\n' |
		$(go env CC) -x c -o "$out" - 2>/dev/null || ok=1
	rm -f "$out"
	return "$ok"
}
# has_elisp LIBRARY tells whether Emacs has a library: its own, or that of a package.
has_elisp() {
	have emacs && emacs --batch --eval \
		"(progn (when (fboundp 'package-activate-all) (package-activate-all)) (kill-emacs (if (locate-library \"$1\") 0 1)))" \
		>/dev/null 2>&1
}
has_chromium() { [ -n "${CHROMIUM:-}" ] || have chromium || have chromium-browser || have google-chrome || have google-chrome-stable; }

missing() {
	has_cc || echo gcc libc6-dev
	have g++ || echo g++
	[ -e /usr/include/hnswlib/hnswlib.h ] || [ -e /usr/local/include/hnswlib/hnswlib.h ] || echo libhnswlib-dev
	have make || echo make
	have lua5.1 || echo lua5.1
	have luacheck || echo lua-check
	have patch || echo patch
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || echo postgresql
	have mariadbd || [ -x /usr/sbin/mariadbd ] || echo mariadb-server-core
	have pdftotext || echo poppler-utils
	have ffmpeg || echo ffmpeg
	node_is 18 || echo nodejs
	have npm || echo npm
	have emacs || echo emacs-nox
	has_elisp dap-mode || echo elpa-dap-mode
	has_elisp eglot || echo elpa-eglot
	has_elisp lua-mode || echo elpa-lua-mode
	has_chromium || echo chromium
	[ -e /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf ] || echo fonts-dejavu-core
	have rg || echo ripgrep
}

packages=$(missing | xargs)

if [ -n "$packages" ]; then
	say "missing: $packages"
	have apt-get || die "this is not Debian or one of its kin; install the equivalents of: $packages (Debian's names), then run this again"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		have sudo || die "no root and no sudo; ask for: apt-get install --no-install-recommends $packages"
		as_root=sudo
	fi
	# apt-get and the packages' own scripts talk a lot; it matters when they fail.
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	apt() {
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 || {
			tail -n 40 "$log" >&2
			die "apt-get $1 failed, see above"
		}
	}
	apt update
	# shellcheck disable=SC2086 # one word for each package
	apt install -y --no-install-recommends $packages

	packages=$(missing | xargs)
	[ -z "$packages" ] || die "still missing or too old after apt-get: $packages (node must be version 18 or later)"
fi

go mod download
node_is 20 || {
	npm ci --prefix "$newer_node" --ignore-scripts --no-audit --no-fund --loglevel=error
	take_newer_node
	node_is 20 || die "Node 20 is needed; this machine has $(node --version), and npm has none for it: install Node 20 or later, then run this again"
}
for folder in editors/tests editors/vscode; do
	npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
done
editors/tests/vscode/install.sh
editors/tests/nvim/install.sh
