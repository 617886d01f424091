#!/usr/bin/env bash
# Gets the Neovims that the tests use, unless they are there: one of 0.10 into bin/nvim, since
# that is the oldest that the plugin knows, and one of 0.12 or later into bin/nvim-new. The
# packages are those of Debian 13 and of testing (forky), unpacked together with all the libraries
# that they need, the C library too. The system stays as it is, and no root is needed.
# With NVIM, the tests use that alone, and nothing is got.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./find.sh

fail() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}
[ -z "${NVIM:-}" ] || exit 0
if is_nvim "$nvim_old" 0.10 && is_nvim "$nvim_new" 0.12; then exit 0; fi
command -v apt-get >/dev/null && [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
	fail "this is not Debian: install Neovim 0.10 or later, and name it in NVIM"

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# The mirror that this machine uses already.
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(REPO_URI)' |
	awk -F'|' -v codename="$codename" '($1 == "Debian" || $2 == codename) && $2 !~ /security/ && $3 !~ /security/ { print $3; exit }')
[ -n "$mirror" ] || fail "apt knows no mirror of Debian: install Neovim 0.10 or later, and name it in NVIM"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() {
	"$@" >"$work/log" 2>&1 || {
		tail -n 40 "$work/log" >&2
		fail "$1 failed, see above"
	}
}

# get SUITE VERSION NVIM unpacks a suite's Neovim of at least a version into the folder of NVIM.
get() {
	local suite=$1 version=$2 target here=$work/$1 packages loader libraries options
	target=$(dirname "$3")
	mkdir -p "$here/lists/partial" "$here/cache/archives/partial" "$here/debs" "$here/nvim/root"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$here/sources.list"
	# apt with lists, sources and an empty state of its own.
	options=(
		-o "Dir::State::lists=$here/lists" -o "Dir::State::status=/dev/null" -o "Dir::Cache=$here/cache"
		-o "Dir::Etc::sourcelist=$here/sources.list" -o "Dir::Etc::sourceparts=-" -o "Dir::Etc::preferences=-" -o "Dir::Etc::preferencesparts=-"
		-o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3
	)
	quietly apt-get "${options[@]}" update
	packages=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances neovim 2>/dev/null |
		grep '^[a-z]' | sort -u)
	cd "$here/debs"
	# shellcheck disable=SC2086 # one word for each package
	quietly apt-get "${options[@]}" download $packages
	for deb in *.deb; do dpkg -x "$deb" "$here/nvim/root"; done
	cd "$here/nvim"

	# Its own loader finds its own libraries, whatever libc the system has.
	loader=$(find root -name 'ld-linux*.so*' \( -type f -o -type l \) | head -n 1)
	libraries=$(dirname "$(find root/usr/lib -name libc.so.6 | head -n 1)")
	[ -n "$loader" ] && [ -x root/usr/bin/nvim ] || fail "$suite's packages are not as expected: there is no Neovim in them"
	cat >nvim <<'WRAPPER'
#!/bin/bash
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
export VIM=$here/root/usr/share/nvim VIMRUNTIME=$here/root/usr/share/nvim/runtime
export LUA_PATH="$here/root/usr/share/lua/5.1/?.lua;$here/root/usr/share/lua/5.1/?/init.lua;;" LUA_CPATH="$here/LIBRARIES/lua/5.1/?.so;;"
exec "$here/LOADER" --library-path "$here/LIBRARIES" --argv0 nvim "$here/root/usr/bin/nvim" "$@"
WRAPPER
	sed -i "s|LIBRARIES|$libraries|g; s|LOADER|$loader|" nvim
	chmod +x nvim
	is_nvim ./nvim "$version" || fail "the Neovim of $suite does not start, or is older than $version"
	rm -rf "$target"
	mkdir -p "$(dirname "$target")"
	mv "$here/nvim" "$target"
}

is_nvim "$nvim_old" 0.10 || get trixie 0.10 "$nvim_old"
is_nvim "$nvim_new" 0.12 || get forky 0.12 "$nvim_new"
