#!/usr/bin/env bash
# Runs a command with a temporary PostgreSQL beside it, and stops that always:
#
#   deploy/test.sh go test ./...
#
# Tests in a browser find Chromium, with letters for every language that pages speak, and npm, which
# fetches what they examine pages with.
#
# The command finds the server in WRIT_TEST_POSTGRES_DSN; when that is set already, the server it
# names is used and none is started. The temporary one listens on a unix socket only and does not
# survive a power cut. What is missing is installed when this runs as root on Debian; otherwise a
# message says what to install.
set -euo pipefail

OLDEST=15 # the first PostgreSQL that Writ supports

say() { printf '%s\n' "test.sh: $*" >&2; }

# postgres_bin prints the directory of the newest PostgreSQL's programs, or nothing.
postgres_bin() {
	local dir
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/pgsql/bin | sort -rV) \
		"$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
		if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && [ "$(major "$dir")" -ge "$OLDEST" ]; then
			printf '%s\n' "$dir"
			return
		fi
	done
}

major() { "$1/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/'; }

# as_postgres runs a server program; PostgreSQL refuses to run as root.
as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

stop() {
	as_postgres "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}

start() {
	dir=$(mktemp -d /tmp/writ-pg.XXXXXX) # short: a socket's path has at most about 100 characters
	trap stop EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
	cd / # the server's user may not see the working directory
	as_postgres "$bin/initdb" -D "$dir/data" -U writ --auth=trust --no-sync --no-instructions -E UTF8 --locale=C >/dev/null
	as_postgres "$bin/pg_ctl" -D "$dir/data" -w -s -l "$dir/log" -o "-c listen_addresses='' \
		-c unix_socket_directories=$dir -c max_connections=200 \
		-c fsync=off -c full_page_writes=off -c synchronous_commit=off" start || {
		say "PostgreSQL did not start:"
		cat "$dir/log" >&2
		exit 1
	}
	cd "$OLDPWD"
	export WRIT_TEST_POSTGRES_DSN="postgres://writ@/postgres?host=$dir"
}

# what tests in a browser need; they say themselves when it is not there
command -v chromium >/dev/null || command -v google-chrome >/dev/null || "$(dirname "$0")/install.sh" chromium fonts-noto-core || true
command -v npm >/dev/null || "$(dirname "$0")/install.sh" npm || true

if [ -n "${WRIT_TEST_POSTGRES_DSN:-}" ]; then
	exec "$@"
fi

bin=$(postgres_bin)
if [ -z "$bin" ] && "$(dirname "$0")/install.sh" postgresql; then
	bin=$(postgres_bin)
fi
if [ -z "$bin" ]; then
	say "these tests need PostgreSQL $OLDEST or later: install it (Debian: apt-get install postgresql;"
	say "macOS: brew install postgresql), or name a server in WRIT_TEST_POSTGRES_DSN"
	exit 1
fi

start
say "PostgreSQL $(major "$bin") in $dir"
"$@"
