from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from pipeline_ops.ratings.headphones import SAMPLE_RATE_HZ, TRIALS, Trial, passed, sound_of, trials_of

TONE_AND_GAP = round(1.5 * SAMPLE_RATE_HZ)


def levels(samples: np.ndarray) -> list[float]:
    return [
        float(np.sqrt(np.mean(samples[start : start + SAMPLE_RATE_HZ] ** 2)))
        for start in range(0, 3 * TONE_AND_GAP, TONE_AND_GAP)
    ]


def test_by_headphones_the_quiet_tone_is_the_quietest_by_six_decibels() -> None:
    samples, rate = soundfile.read(io.BytesIO(sound_of(Trial(quiet=1, turned=2))))
    assert rate == SAMPLE_RATE_HZ
    first, quiet, turned = levels(samples[:, 0])
    assert 20 * np.log10(quiet / first) == pytest.approx(-6, abs=0.05)
    assert turned == pytest.approx(first, rel=1e-3)


def test_by_loudspeakers_the_turned_tone_cancels_itself() -> None:
    samples, _ = soundfile.read(io.BytesIO(sound_of(Trial(quiet=1, turned=2))))
    in_the_air = levels(samples.sum(axis=1) / 2)
    assert in_the_air[2] < 1e-3 * in_the_air[0]


def test_five_right_answers_of_six_pass_and_four_do_not() -> None:
    right = [trial.quiet for trial in trials_of("s")]
    wrong = [(answer + 1) % 3 for answer in right]
    assert passed("s", (*right[:5], wrong[5]))
    assert not passed("s", (*right[:4], *wrong[4:]))


def test_who_listens_by_loudspeakers_fails() -> None:
    assert not any(passed(str(seed), tuple(t.turned for t in trials_of(str(seed)))) for seed in range(50))


def test_guessing_passes_seldom() -> None:
    generator = np.random.default_rng(1)
    guesses = [passed(str(seed), tuple(generator.integers(0, 3, TRIALS).tolist())) for seed in range(2000)]
    assert np.mean(guesses) == pytest.approx(0.018, abs=0.01)
