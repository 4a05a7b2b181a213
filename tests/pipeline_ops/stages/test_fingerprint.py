from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from pipeline_ops.safety.fingerprint import WORDS_A_SECOND, find
from pipeline_ops.stages.fingerprint import fingerprint


def test_the_whole_sound_has_a_fingerprint_in_which_it_is_found(tmp_path: Path) -> None:
    stereo = np.random.default_rng(0).normal(0, 0.1, (10 * 48_000, 2))
    soundfile.write(tmp_path / "dub.flac", stereo, 48_000, subtype="PCM_24")
    words = np.load(fingerprint(dub=tmp_path / "dub.flac", scratch=tmp_path).words)
    assert words.dtype == np.uint32
    assert 9.5 * WORDS_A_SECOND < len(words) < 10 * WORDS_A_SECOND
    match = find(words, words)
    assert match is not None
    assert match.bit_error_rate == 0
