#!/usr/bin/env bash
# Installs Debian packages, when this runs as root where apt-get is: deploy/install.sh gcc libc6-dev
# Fails without a word where it cannot; who called it says what is missing.
set -euo pipefail

[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 1

export DEBIAN_FRONTEND=noninteractive
echo "installing $*" >&2
{
	apt-get install -y --no-install-recommends "$@" || {
		apt-get update # the lists may be old, or not there yet
		apt-get install -y --no-install-recommends "$@"
	}
} </dev/null >/dev/null 2>&1
