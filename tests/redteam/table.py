"""Runs every attack and writes docs/red-team.md: what we withstand, and what not yet.

Exit code 1 where one comes to something else than `cases.yaml` says.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.redteam.attacks import Case, NotHereError, cases, outcome

PAGE = Path(__file__).parents[2] / "docs" / "red-team.md"

HEAD = """# Red team

Attacks that are known, and what comes of each. Written by `make redteam` from `tests/redteam/cases.yaml`; all
but the slow ones run with every `make test`. "Not yet" is an attack that gets through today.

"""

TITLES = {
    "say": "What is said",
    "reply": "Orders spoken to a language model: its reply",
    "llm": "Orders spoken to the local language model",
    "file": "Text disguised as a video (a server on this machine sees no request)",
    "media": "Files that are larger than they look",
    "name": "Names of files",
    "hear": "Sound without speech",
    "video": "Videos in which Whisper may dream",
}


def main() -> int:
    """Run and write."""
    kinds: dict[str, list[str]] = {}
    counts = {"withstood": 0, "not yet": 0, "not run here": 0}
    surprises = []
    for case in cases():
        came_to, standing = _judged(case)
        counts[standing] += 1
        if (standing == "withstood") is case.is_open and standing != "not run here":
            surprises.append(f"{case.id}: {came_to}, {standing}")
        said = f"{case.with_.get('source', '')} → {case.with_.get('wording', '')}".strip(" →")
        row = f"| {case.about} | {_cell(said)} | {case.expected} | {came_to} | {standing} |"
        kinds.setdefault(case.kind, []).append(row)
    lines = [HEAD + ", ".join(f"{number} {name}" for name, number in counts.items()) + ".\n"]
    for kind, rows in kinds.items():
        lines.append(f"## {TITLES[kind]}\n\n| attack | | should be | came to | |\n|---|---|---|---|---|")
        lines += [*rows, ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print(f"{counts} written to {PAGE.name}")
    for surprise in surprises:
        print(f"otherwise than cases.yaml says: {surprise}")
    return 1 if surprises else 0


def _judged(case: Case) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            came_to = outcome(case, Path(folder))
        except NotHereError:
            return "", "not run here"
    return came_to, "withstood" if came_to == case.expected else "not yet"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    sys.exit(main())
