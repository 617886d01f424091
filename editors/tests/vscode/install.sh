#!/usr/bin/env bash
# Installs VS Code as a server (npm's code-server, some 290 MB) and Playwright's library into this folder.
#
# The packages' own scripts compile native modules and fetch more; nothing of that is needed
# here, so none of them runs, and this does the two steps of code-server's that are. Terminals
# need their native module: node-pty stands for a package of it that holds the compiled ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Installing takes half a minute, so it is done once for each state of the lock files.
stamp=node_modules/.installed
digest=$(cat package-lock.json server/package-lock.json server/logger.cjs "${BASH_SOURCE[0]##*/}" | sha256sum)
if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then exit 0; fi

for folder in . server; do
	npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent
done

# code-server loads this at its start and calls it for passwords only. Its binary was not built.
echo 'module.exports = {};' >node_modules/argon2/argon2.cjs
sed -i 's/"main": *"[^"]*"/"main": "argon2.cjs"/' node_modules/argon2/package.json

# The same of the server's logger, and of the program that searches files, which is Debian's.
cp server/logger.cjs server/node_modules/@vscode/spdlog/index.js
mkdir -p server/node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" server/node_modules/@vscode/ripgrep/bin/rg

# The server looks for its modules in both places.
code=node_modules/code-server/lib/vscode
ln -sfn ../../../../server/node_modules "$code/node_modules"
ln -sfn node_modules "$code/node_modules.asar"

# It starts, and so does a program in a terminal, or the installation is not whole.
node node_modules/code-server/out/node/entry.js --version >/dev/null
(cd server && node -e 'require("node-pty").spawn("true", [], {}).onExit(({ exitCode }) => process.exit(exitCode))')

echo "$digest" >"$stamp"
