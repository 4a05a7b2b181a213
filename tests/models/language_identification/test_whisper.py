"""Which language is spoken."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelOutputError
from models.language_identification.whisper import SMALLEST_PROBABILITY, believed, combine
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from tests.models.embedded import engine, sound

CLIPS = Path(__file__).parents[4] / "shared" / "media"
RATE_HZ = 16_000


def heard(clip: Path) -> np.ndarray:
    raw = run_ffmpeg(
        [*own_input(clip), "-t", "10", "-ac", "1", "-ar", str(RATE_HZ), "-f", "f32le", "pipe:1"],
        task="decode a clip",
        timeout_s=60,
    ).output
    return np.frombuffer(raw, np.float32)


def test_a_transcript_that_is_believed_outweighs_a_token_that_hardly_differs() -> None:
    ranking = [("el", 0.33), ("en", 0.31), ("la", 0.1)]
    assert believed(ranking, {"el": -1.5, "en": -0.2}) == "en"


def test_a_language_that_was_not_tried_is_not_chosen() -> None:
    assert believed([("el", 0.6), ("en", 0.3)], {"en": -2.0}) == "en"


def test_one_window_is_ranked_as_it_is() -> None:
    ranking = combine([({"en": 0.7, "pt": 0.3}, 16_000.0)])
    assert [language for language, _ in ranking] == ["en", "pt"]
    assert dict(ranking) == pytest.approx({"en": 0.7, "pt": 0.3}, abs=1e-3)


def test_a_longer_window_weighs_more() -> None:
    windows = [({"en": 0.8, "pt": 0.2}, 1.0), ({"en": 0.2, "pt": 0.8}, 2.0)]
    assert combine(windows)[0][0] == "pt"
    assert combine([*windows, ({"en": 0.8, "pt": 0.2}, 2.0)])[0][0] == "en"


def test_one_window_that_is_sure_of_something_else_does_not_veto_what_all_others_say() -> None:
    sure, doubting = {"pt": 0.95, "es": 0.05}, {"es": 1.0, "pt": 0.0}
    assert combine([(sure, 1.0)] * 4 + [(doubting, 1.0)])[0][0] == "pt"


def test_languages_that_nobody_heard_do_not_add_up_to_something() -> None:
    crowd = {f"l{number}": SMALLEST_PROBABILITY for number in range(98)}
    assert combine([({"en": 0.9, **crowd}, 1.0)])[0] == ("en", pytest.approx(1.0))


@st.composite
def windows_of(draw: st.DrawFn) -> list[tuple[dict[str, float], float]]:
    """What softmax gives over five languages for one to five windows, with their lengths."""
    windows = []
    for _ in range(draw(st.integers(1, 5))):
        scores = np.exp(draw(st.lists(st.floats(-40, 40), min_size=5, max_size=5)))
        shares = (scores / scores.sum()).tolist()
        windows.append((dict(zip("abcde", shares, strict=True)), draw(st.floats(1.0, 480_000.0))))
    return windows


@given(windows_of())
def test_the_ranking_is_of_probabilities_the_likeliest_first(
    windows: list[tuple[dict[str, float], float]],
) -> None:
    ranking = combine(windows)
    shares = [probability for _, probability in ranking]
    assert {language for language, _ in ranking} == set("abcde")
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert min(shares) >= 0


@given(windows_of(), st.randoms())
def test_the_order_of_windows_does_not_matter(
    windows: list[tuple[dict[str, float], float]], random: Random
) -> None:
    shuffled = list(windows)
    random.shuffle(shuffled)
    assert dict(combine(shuffled)) == pytest.approx(dict(combine(windows)))


@pytest.mark.models
def test_no_sound_is_an_error_and_no_language() -> None:
    with pytest.raises(ModelOutputError):
        engine("language_identification").identify_language([np.zeros(0, np.float32)])


@pytest.mark.models
def test_a_clear_voice_is_told_without_writing_anything_down() -> None:
    found = engine("language_identification").identify_language([sound(RATE_HZ, 1)[0]])
    assert found.language == "en"
    assert found.probability > 0.9
    assert found.mean_log_probability is None


@pytest.mark.models
def test_an_accent_is_not_taken_for_another_language() -> None:
    clip = CLIPS / "video" / "opendubbing_english.mp4"
    if not clip.is_file():
        pytest.skip("the clips of ../shared/media are not here")
    # The token alone wavers between Greek and English here.
    found = engine("language_identification").identify_language([heard(clip)])
    assert found.language == "en"
    assert found.mean_log_probability is not None
    assert found.mean_log_probability > -0.6


@pytest.mark.models
def test_singing_is_not_believed() -> None:
    clip = CLIPS / "bad" / "music_only_with_face.mp4"
    if not clip.is_file():
        pytest.skip("the clips of ../shared/media are not here")
    found = engine("language_identification").identify_language([heard(clip)])
    assert found.mean_log_probability is not None
    assert found.mean_log_probability < -0.8
