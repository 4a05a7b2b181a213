"""What benchmarks of a deployment share: an empty home of its own, and figures printed at once."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import yaml

from pipeline_ops.settings import Settings


def empty_home(home: Path, *, lips: bool) -> Settings:
    """Empty a folder, make it this process's home, with lips drawn or not, and return the settings."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    file = home / "settings.yaml"
    file.write_text(yaml.safe_dump({"stages": {"render_lips": {"enabled": lips}}}), encoding="utf-8")
    os.environ.update({"DUBWRIGHT_HOME": str(home), "DUBWRIGHT_SETTINGS": str(file)})
    return Settings.from_environment()


def tell(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
