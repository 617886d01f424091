#!/usr/bin/env bash
# Tests the language server and the plugin in editors/nvim with a real Neovim, 0.10 or later, and the binary in LLMSPELL.
#
#   NVIM      the editor (default: the one on PATH if it is new enough, else that of install.sh)
#   NVIM_DAP  a checkout of nvim-dap; without it, the tests with nvim-dap itself are left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./find.sh

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"
LLMSPELL=$(realpath "$LLMSPELL")
nvim=$(find_nvim) || {
	echo "error: there is no Neovim of 0.10 or later: run editors/tests/nvim/install.sh, or name one in NVIM" >&2
	exit 1
}
PLUGIN=$(realpath ../../nvim)
# $NVIM of the environment means another thing within Neovim: the editor that it runs in.
unset NVIM
export LLMSPELL PLUGIN

# Neovim keeps a log, swap files and a history, and llmspell its kernels and sessions: not in yours.
home=$(mktemp -d)
# The tests stop the kernels that they start. Should one be cut short, this does it.
finish() {
	HOME=$home XDG_STATE_HOME=$home/state XDG_DATA_HOME=$home/data XDG_CONFIG_HOME=$home/config XDG_RUNTIME_DIR=$home/run "$LLMSPELL" kernel stop --all --force >/dev/null 2>&1 || true
	rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir -m 700 "$home/work" "$home/run"

# A hang in Neovim itself must still end the test.
run() {
	HOME=$home XDG_CONFIG_HOME=$home/config XDG_DATA_HOME=$home/data XDG_STATE_HOME=$home/state XDG_CACHE_HOME=$home/cache XDG_RUNTIME_DIR=$home/run \
		WORK=$home/work timeout 900 "$nvim" --headless -u NONE -i NONE -n -c "luafile $1"
}

"$nvim" --version | head -n 1
for test in lsp_test.lua plugin_test.lua; do
	echo "$test"
	run "$test"
done
echo "help tags"
mkdir "$home/doc"
cp "$PLUGIN"/doc/*.txt "$home/doc"
"$nvim" --headless -u NONE -i NONE -n -c "helptags $home/doc" -c qall!
grep -q '^llmspell.txt' "$home/doc/tags"

if [ -z "${NVIM_DAP:-}" ]; then
	echo "nvim-dap itself was not run: NVIM_DAP names no checkout of it"
	exit
fi
for adapter in executable server; do
	echo "dap_test.lua, adapter $adapter"
	LLMSPELL_TEST_ADAPTER=$adapter run dap_test.lua
done
