#!/usr/bin/env bash
# Tests the extension in a real VS Code, with the binary in LLMSPELL. Pictures are left in bin/screenshots.
#
#   LLMSPELL_VSIX         the extension's package (default: packed from editors/vscode, without the binary)
#   LLMSPELL_SCREENSHOTS  the folder for the pictures
#   CHROMIUM              the browser
#   EDITOR_TEST_LIMIT     seconds that a wait may take (default 120): few, while one writes a test
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${LLMSPELL:?set LLMSPELL to the path of the llmspell binary}"
LLMSPELL=$(realpath "$LLMSPELL")
work=$(mktemp -d)
# The tests end what they start, in each of their own ways to end. Should they be killed,
# this does it: all that they start has the folder's name in its environment.
export EDITOR_TEST_RUN=${work##*/}
finish() {
	node lib/finish.mjs "$EDITOR_TEST_RUN"
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
export LLMSPELL TMPDIR=$work

if [ -z "${LLMSPELL_VSIX:-}" ]; then
	root=$(cd ../../.. && pwd)
	"$root/scripts/vsix.sh" universal
	LLMSPELL_VSIX=$(ls -t "$root"/bin/llmspell-universal-*.vsix | head -n 1)
fi
export LLMSPELL_VSIX

if [ $# -eq 0 ]; then set -- *.test.mjs; fi
# One after the other: each has a browser and a server. In the background, so that a signal is obeyed at once.
node --test --test-concurrency=1 --test-reporter=spec "$@" &
wait $!
