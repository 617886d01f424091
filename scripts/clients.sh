#!/usr/bin/env bash
# Debugs and edits scripts with the built binary through clients that are not ours.
#
#   LLMSPELL  the binary (default: built from this tree)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ -z "${LLMSPELL:-}" ]; then
	go build -o bin/llmspell .
	LLMSPELL=$PWD/bin/llmspell
fi
export LLMSPELL
[ -x "$LLMSPELL" ] || die "LLMSPELL=$LLMSPELL is not an executable file"

npm_client() {
	say "@vscode/debugadapter-testsupport, vscode-languageserver-protocol, the Model Context Protocol's SDK"
	npm test --silent --prefix editors/tests
	say "the extension for VS Code, with a stand-in for the editor"
	npm test --silent --prefix editors/vscode
}
emacs_client() {
	say "Emacs dap-mode, Eglot and lsp-mode"
	editors/tests/emacs/run.sh
}
nvim_client() {
	say "Neovim's language client"
	editors/tests/nvim/run.sh
}
vscode_client() {
	say "VS Code, in a browser and in its extension host"
	editors/tests/vscode/install.sh
	editors/tests/vscode/run.sh
}

case ${1:-all} in
npm) npm_client ;;
emacs) emacs_client ;;
nvim) nvim_client ;;
vscode) vscode_client ;;
all)
	npm_client
	emacs_client
	nvim_client
	vscode_client
	;;
*) die "unknown client $1: npm, emacs, nvim, vscode, or nothing for all" ;;
esac
