# Which Neovims the tests use; sourced, not run.
# shellcheck shell=bash

nvim_home=$(cd ../../.. && pwd)/bin
nvim_old=$nvim_home/nvim/nvim
nvim_new=$nvim_home/nvim-new/nvim

# is_nvim COMMAND VERSION tells whether it is a Neovim of that version or later.
is_nvim() {
	[ -x "$1" ] && NVIM_LOG_FILE=/dev/null "$1" --headless -u NONE -i NONE -n -c "if has('nvim-$2') | qall! | else | cquit 1 | endif" >/dev/null 2>&1
}
