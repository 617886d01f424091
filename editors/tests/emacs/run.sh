#!/usr/bin/env bash
# Drives the binary in LLMSPELL with Debian's Emacs dap-mode.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"

# dap-mode remembers breakpoints and sessions in the home folder: not in yours.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

# A hang in Emacs itself must still end the test.
HOME=$home XDG_CONFIG_HOME=$home/.config timeout 900 emacs --batch -l dap-test.el -f ert-run-tests-batch-and-exit
