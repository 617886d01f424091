#!/usr/bin/env bash
# Installs pgvector for the PostgreSQL server that the tests start, where it is not there. Debian 12 has no package of it,
# so it is built from the source package of a later Debian, which apt-get fetches from the mirror that this machine uses.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

release=trixie # the Debian whose source package is built: pgvector 0.8.0

initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1 || true)
initdb=${initdb:-$(command -v initdb || true)}
[ -n "$initdb" ] || die "PostgreSQL is missing; scripts/install.sh installs it"
bin=$(dirname "$(realpath "$initdb")")
version=$("$bin/postgres" --version | grep -oE '[0-9]+' | head -n 1)

there() {
	local folder
	for folder in "$bin/../share/extension" "/usr/share/postgresql/$version/extension" "$(dirname "$bin")/share/postgresql/extension"; do
		[ ! -e "$folder/vector.control" ] || return 0
	done
	return 1
}
! there || exit 0

have apt-get || die "pgvector is missing: install it for PostgreSQL $version, see its README"
as_root=
if [ "$(id -u)" -ne 0 ]; then
	have sudo || die "no root and no sudo: install pgvector for PostgreSQL $version"
	as_root=sudo
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
run() {
	"$@" >"$log" 2>&1 || {
		tail -n 40 "$log" >&2
		die "$* failed, see above"
	}
}
install() { run $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }

say "pgvector is missing"
if [ -n "$(apt-cache madison "postgresql-$version-pgvector" 2>/dev/null)" ]; then
	install "postgresql-$version-pgvector"
else
	run $as_root apt-get -q update
	install make gcc libc6-dev "postgresql-server-dev-$version"
	mirror=$(apt-get indextargets --format "\$(REPO_URI)" | grep -v security | head -n 1)
	[ -n "$mirror" ] || die "apt-get has no mirror to fetch the source of pgvector from"
	mkdir -p "$work"/{lists/partial,cache/archives/partial,source}
	# A list of its own, so that the machine's is left alone.
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" >"$work/sources.list"
	apart=(-o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/nonexistent -o "APT::Sandbox::User=$(id -un)")
	run apt-get "${apart[@]}" -qq update
	cd "$work"
	run apt-get "${apart[@]}" -qq source --download-only pgvector
	tar xzf pgvector_*.orig.tar.gz -C source --strip-components=1
	# For any processor, and without LLVM, which only compiles queries at run time.
	built=(-C source OPTFLAGS= with_llvm=no "PG_CONFIG=$bin/pg_config")
	[ -x "$bin/pg_config" ] || built[3]="PG_CONFIG=$(command -v pg_config)"
	run make "${built[@]}" -j2
	run $as_root make "${built[@]}" install
	cd - >/dev/null
fi
there || die "pgvector was installed, but not where PostgreSQL $version looks for it"
