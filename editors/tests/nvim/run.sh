#!/usr/bin/env bash
# Tests the language server and the plugin in editors/nvim with real Neovims and the binary in LLMSPELL: the oldest
# that the plugin knows, 0.10, and one of 0.12 or later, in which the editor itself looks after servers and lenses.
#
#   NVIM      the only editor to test (default: those of install.sh)
#   NVIM_DAP  a checkout of nvim-dap; without it, the tests with nvim-dap itself are left out
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./find.sh

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"
LLMSPELL=$(realpath "$LLMSPELL")
if [ -n "${NVIM:-}" ]; then editors=("$NVIM"); else editors=("$nvim_old" "$nvim_new"); fi
for nvim in "${editors[@]}"; do
	is_nvim "$nvim" 0.10 || {
		echo "error: $nvim is no Neovim of 0.10 or later: run editors/tests/nvim/install.sh, or name one in NVIM" >&2
		exit 1
	}
done
PLUGIN=$(realpath ../../nvim)
# $NVIM of the environment means another thing within Neovim: the editor that it runs in.
unset NVIM
export LLMSPELL PLUGIN

# Neovim keeps a log, swap files and a history, and llmspell its kernels and sessions: not in yours.
top=$(mktemp -d)
# The tests stop the kernels that they start. Should one be cut short, this does it.
finish() {
	local home
	for home in "$top"/*; do
		HOME=$home XDG_STATE_HOME=$home/state XDG_DATA_HOME=$home/data XDG_CONFIG_HOME=$home/config XDG_RUNTIME_DIR=$home/run "$LLMSPELL" kernel stop --all --force >/dev/null 2>&1 || true
	done
	rm -rf "$top"
}
trap finish EXIT
trap 'exit 130' INT TERM

# run NVIM FILE runs a file once the editor has started, as what a person does comes then.
# A hang in Neovim itself must still end the test.
run() {
	HOME=$home XDG_CONFIG_HOME=$home/config XDG_DATA_HOME=$home/data XDG_STATE_HOME=$home/state XDG_CACHE_HOME=$home/cache XDG_RUNTIME_DIR=$home/run \
		WORK=$home/work timeout 900 "$1" --headless -u NONE -i NONE -n -c "autocmd VimEnter * ++nested luafile $2"
}

for nvim in "${editors[@]}"; do
	home=$(mktemp -d "$top/XXXXXX")
	mkdir -m 700 "$home/work" "$home/run"
	"$nvim" --version | head -n 1
	for test in lsp_test.lua plugin_test.lua; do
		echo "$test"
		run "$nvim" "$test"
	done
	echo "help tags"
	mkdir "$home/doc"
	cp "$PLUGIN"/doc/*.txt "$home/doc"
	"$nvim" --headless -u NONE -i NONE -n -c "helptags $home/doc" -c qall!
	grep -q '^llmspell.txt' "$home/doc/tags"
	if [ -z "${NVIM_DAP:-}" ]; then continue; fi
	for adapter in executable server; do
		echo "dap_test.lua, adapter $adapter"
		LLMSPELL_TEST_ADAPTER=$adapter run "$nvim" dap_test.lua
	done
done
[ -n "${NVIM_DAP:-}" ] || echo "nvim-dap itself was not run: NVIM_DAP names no checkout of it"
