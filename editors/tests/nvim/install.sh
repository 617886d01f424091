#!/usr/bin/env bash
# Gets a Neovim of 0.10 or later into bin/nvim, unless there is one. Debian 12 has 0.7: so
# Debian 13's package is unpacked there together with all the libraries that it needs, the
# C library too. The system stays as it is, and no root is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./find.sh

if find_nvim >/dev/null; then exit 0; fi

fail() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}
command -v apt-get >/dev/null && [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
	fail "this is not Debian: install Neovim 0.10 or later, or name one in NVIM"

suite=trixie
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# The mirror that this machine uses already.
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(REPO_URI)' |
	awk -F'|' -v codename="$codename" '($1 == "Debian" || $2 == codename) && $2 !~ /security/ && $3 !~ /security/ { print $3; exit }')
[ -n "$mirror" ] || fail "apt knows no mirror of Debian: install Neovim 0.10 or later, or name one in NVIM"

target=$nvim_home
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/nvim/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
# apt with lists, sources and an empty state of its own.
options=(
	-o "Dir::State::lists=$work/lists" -o "Dir::State::status=/dev/null" -o "Dir::Cache=$work/cache"
	-o "Dir::Etc::sourcelist=$work/sources.list" -o "Dir::Etc::sourceparts=-" -o "Dir::Etc::preferences=-" -o "Dir::Etc::preferencesparts=-"
	-o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3
)
quietly() {
	"$@" >"$work/log" 2>&1 || {
		tail -n 40 "$work/log" >&2
		fail "$1 failed, see above"
	}
}
quietly apt-get "${options[@]}" update
packages=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances neovim 2>/dev/null |
	grep '^[a-z]' | sort -u)
cd "$work/debs"
# shellcheck disable=SC2086 # one word for each package
quietly apt-get "${options[@]}" download $packages
for deb in *.deb; do dpkg -x "$deb" "$work/nvim/root"; done
cd "$work/nvim"

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
recent_nvim ./nvim || fail "the Neovim of $suite does not start, or is older than 0.10"
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/nvim" "$target"
