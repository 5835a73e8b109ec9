#!/usr/bin/env bash
# Prints the flag for the race detector. It needs a C compiler, which is installed where it can be;
# without one this prints nothing and says so, and the tests run without it.
set -euo pipefail

compiler() { command -v "$(go env CC)" >/dev/null; }

compiler || "$(dirname "$0")/install.sh" gcc libc6-dev || true
if compiler; then
	echo -race
else
	echo "race.sh: NO RACE DETECTOR: it needs a C compiler (gcc or clang), and none was found" >&2
fi
