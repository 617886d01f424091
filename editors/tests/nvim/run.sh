#!/usr/bin/env bash
# Drives the binary in LLMSPELL with Neovim's built-in language client.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"
export LLMSPELL

# Neovim keeps a log, swap files and a history: not in yours.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir "$home/work"

# A hang in Neovim itself must still end the test.
HOME=$home XDG_CONFIG_HOME=$home/config XDG_DATA_HOME=$home/data XDG_STATE_HOME=$home/state XDG_CACHE_HOME=$home/cache \
	WORK=$home/work timeout 900 nvim --headless -u NONE -i NONE -n -c 'luafile lsp_test.lua'
