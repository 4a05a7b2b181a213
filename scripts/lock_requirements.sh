#!/usr/bin/env bash
# Pins requirements*.in into requirements*.txt, leaving out torch and the CUDA packages it names:
# torch has its own file so that a CPU build can be installed first (see the Makefile).
set -euo pipefail
cd "$(dirname "$0")/.."
for name in requirements requirements-dev; do
    .venv/bin/uv pip compile --quiet --python .venv/bin/python --no-header --no-annotate "$name.in" \
        | grep -vE '^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)(\[.*\])?==' > "$name.txt"
done
