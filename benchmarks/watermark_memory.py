"""Measures the memory of the `watermark` stage against a video's length, each time in a process of its own.

    python -m benchmarks.watermark_memory [--minutes 1,10]

The demo clip's sound, played over and over, is marked as a dub's speech is.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from benchmarks.deployment import tell
from benchmarks.engines import engine
from benchmarks.run import CLIP
from benchmarks.watermark import RATE_HZ, read
from pipeline_ops.costs import measure
from pipeline_ops.stages.watermark import watermark


def main() -> None:
    """Mark each length, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", default="1,10")
    minutes = [float(each) for each in parser.parse_args().minutes.split(",")]
    with TemporaryDirectory() as folder:
        talk = read(CLIP, Path(folder))
        peaks_mb = []
        for length in minutes:
            speech = Path(folder) / f"{length:g}.flac"
            soundfile.write(str(speech), np.resize(talk, round(length * 60 * RATE_HZ)), RATE_HZ)
            spawning = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawning) as pool:
                peak_mb, cpu_s = pool.submit(_mark, speech, Path(folder)).result()
            peaks_mb.append(peak_mb)
            tell(f"{length:g} min: {peak_mb:.0f} MB at most, {cpu_s:.1f} s of CPU")
        tell(f"ratio {peaks_mb[-1] / peaks_mb[0]:.2f}")


def _mark(speech: Path, folder: Path) -> tuple[float, float]:
    """Run the stage, and return its peak memory in MB and its CPU time in s."""
    model = engine("watermarking")
    with measure() as usage:
        watermark(speech=speech, model=model, scratch=folder)
    return usage.peak_memory_mb, usage.cpu_s


if __name__ == "__main__":
    main()
