#!/usr/bin/env bash
# Drives the binary in LLMSPELL with Debian's Emacs: dap-mode, Eglot and lsp-mode.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"

LLMSPELL=$(realpath "$LLMSPELL")
export LLMSPELL

# dap-mode remembers breakpoints and sessions in the home folder: not in yours.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
# docs/editors.md, by which the language clients are set up, has the binary on PATH.
mkdir "$home/bin" "$home/tmp"
ln -s "$LLMSPELL" "$home/bin/llmspell"

# A hang in Emacs itself must still end the test.
for test in dap-test.el lsp-test.el; do
	HOME=$home XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache TMPDIR=$home/tmp PATH=$home/bin:$PATH \
		timeout 900 emacs --batch -l "$test" -f ert-run-tests-batch-and-exit
done
