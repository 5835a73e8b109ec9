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

hex | keep nats-writ
hex | keep nats-follower
hex | keep nats-owner
printf 'WRIT_NATS_URL=nats://writ:%s@nats:4222' "$(cat secrets/nats-writ)" | keep writ.env
# Three accounts, because whoever may use JetStream's interface in an account can make the server
# send there: followers and the owners of accounts reach Writ's only through what it exports.
keep nats.conf <<CONF
server_name: nats
http: 127.0.0.1:8222
jetstream { store_dir: /data }
accounts {
  WRIT {
    jetstream: enabled
    users: [{ user: writ, password: "$(cat secrets/nats-writ)" }]
    exports: [
      { stream: "writ.events.>", accounts: [FOLLOWERS] }
      { service: "accounts.>", accounts: [OWNERS] }
    ]
  }
  # who follows the grants: sees every event as it comes, and may keep them in a stream of its own
  FOLLOWERS {
    jetstream: enabled
    users: [{ user: follower, password: "$(cat secrets/nats-follower)" }]
    imports: [{ stream: { account: WRIT, subject: "writ.events.>" } }]
  }
  # who owns the accounts: may tell what changed, and hears that it was kept
  OWNERS {
    users: [{ user: owner, password: "$(cat secrets/nats-owner)", permissions: { publish: ["accounts.>"], subscribe: ["_INBOX.>"] } }]
    imports: [{ service: { account: WRIT, subject: "accounts.>" } }]
  }
}
CONF
