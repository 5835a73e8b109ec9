#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts, once, in deploy/secrets: what is there stays as it is.
# The directory keeps others out; the files can be read, because the containers' users must.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
mkdir -p secrets
chmod 0700 secrets

random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
hex() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# keep FILE: writes standard input there unless it exists.
keep() {
	local text
	text=$(cat)
	[ -e "secrets/$1" ] || printf '%s\n' "$text" >"secrets/$1"
}

random | keep master-key
hex | keep postgres-password
printf 'postgres:5432:writ:writ:%s' "$(cat secrets/postgres-password)" | keep pgpass

# The users of nats/writ.conf. A password begins with a letter, or it might be taken for a number.
for user in writ subscriber accounts system; do
	printf 'p%s' "$(hex)" | keep "nats-$user"
	printf '%s_PASSWORD=%s\n' "${user^^}" "$(cat "secrets/nats-$user")"
done | keep nats.env
keep writ.env <<ENV
WRIT_NATS_URL=nats://writ:$(cat secrets/nats-writ)@nats:4222
WRIT_NATS_ACCOUNTS_URL=nats://writ-accounts:$(cat secrets/nats-writ)@nats:4222
ENV
