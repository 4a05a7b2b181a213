#!/usr/bin/env bash
# Pins requirements*.in into requirements*.txt, leaving out torch and the CUDA packages it names:
# torch has its own file so that a CPU build can be installed first (see the Makefile).
# What is pinned stays as it is; `scripts/lock_requirements.sh --upgrade` takes the newest of everything.
set -euo pipefail
cd "$(dirname "$0")/.."
pins=$(mktemp)
trap 'rm -f "$pins"' EXIT
for name in requirements requirements-dev; do
    cp "$name.txt" "$pins"
    .venv/bin/uv pip compile --quiet --python .venv/bin/python --no-header --no-annotate "$@" \
        --output-file "$pins" "$name.in"
    grep -vE '^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)(\[.*\])?==' "$pins" > "$name.txt"
done
