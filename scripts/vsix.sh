#!/usr/bin/env bash
# Packs the extension for VS Code into bin/: without the binary for all platforms, and
# with it for each platform for which a C compiler is at hand (SQLite is C).
#
#   scripts/vsix.sh               all that can be built here
#   scripts/vsix.sh universal     only that without the binary
#   CC_windows_amd64=…            the C compiler for a platform, if it has another name
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

extension=editors/vscode
base=https://github.com/llmspell/llmspell
[ -d "$extension/node_modules" ] || npm ci --prefix "$extension" --ignore-scripts --no-audit --no-fund --loglevel=error
version=$(node -p "require('./$extension/package.json').version")
mkdir -p bin
log=$(mktemp)
trap 'rm -rf "$log" "$extension/bin"' EXIT
rm -rf "$extension/bin"
npm run --silent build --prefix "$extension"

# pack NAME FLAGS… packs what lies in the extension's folder.
pack() {
	local out=$PWD/bin/llmspell-$1-$version.vsix
	shift
	(cd "$extension" && node_modules/.bin/vsce package --no-dependencies --out "$out" \
		--baseContentUrl "$base/blob/HEAD/$extension" --baseImagesUrl "$base/raw/HEAD/$extension" "$@") >"$log" 2>&1 || {
		cat "$log" >&2
		die "vsce package failed, see above"
	}
	say "${out#"$PWD/"}: $(($(stat -c %s "$out") / 1024)) KiB"
}

# compiler GOOS GOARCH prints the C compiler for a platform; nothing if there is none.
compiler() {
	local given=CC_$1_$2 name
	if [ "$1/$2" = "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" ]; then
		name=${!given:-$(go env CC)}
	else
		case $1/$2 in
		linux/amd64) name=x86_64-linux-gnu-gcc ;;
		linux/arm64) name=aarch64-linux-gnu-gcc ;;
		windows/amd64) name=x86_64-w64-mingw32-gcc ;;
		windows/arm64) name=aarch64-w64-mingw32-gcc ;;
		darwin/amd64) name=o64-clang ;;
		darwin/arm64) name=oa64-clang ;;
		esac
		name=${!given:-$name}
	fi
	# A name may come with flags, as in "zig cc".
	if have "${name%% *}"; then echo "$name"; else echo "$name" >&2; fi
}

pack universal
size=$(stat -c %s "bin/llmspell-universal-$version.vsix")
[ "$size" -lt 2097152 ] || die "the package without the binary has $size bytes, more than 2 MiB"
[ "${1:-all}" != universal ] || exit 0

for platform in linux/amd64/linux-x64 linux/arm64/linux-arm64 darwin/amd64/darwin-x64 darwin/arm64/darwin-arm64 windows/amd64/win32-x64 windows/arm64/win32-arm64; do
	IFS=/ read -r os arch target <<<"$platform"
	cc=$(compiler "$os" "$arch" 2>"$log")
	if [ -z "$cc" ]; then
		say "$target: not built, there is no C compiler $(cat "$log"); users take the universal package and \`go install\`"
		continue
	fi
	binary=$extension/bin/llmspell
	[ "$os" != windows ] || binary=$binary.exe
	CGO_ENABLED=1 GOOS=$os GOARCH=$arch CC=$cc go build -trimpath -ldflags '-s -w' -o "$binary" .
	pack "$target" --target "$target"
	rm -rf "$extension/bin"
done
