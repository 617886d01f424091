# Which Neovim the tests use; sourced, not run.
# shellcheck shell=bash

nvim_home=$(cd ../../.. && pwd)/bin/nvim

# recent_nvim COMMAND tells whether it is a Neovim of 0.10 or later.
recent_nvim() {
	NVIM_LOG_FILE=/dev/null "$1" --headless -u NONE -i NONE -n -c 'if has("nvim-0.10") | qall! | else | cquit 1 | endif' >/dev/null 2>&1
}

# find_nvim prints a Neovim of 0.10 or later: $NVIM, the one on PATH, or the one of install.sh.
find_nvim() {
	local candidate
	for candidate in "${NVIM:-}" "$(command -v nvim || true)" "$nvim_home/nvim"; do
		if [ -n "$candidate" ] && [ -x "$candidate" ] && recent_nvim "$candidate"; then
			echo "$candidate"
			return 0
		fi
	done
	return 1
}
