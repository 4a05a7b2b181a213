"""Says a text so that it lasts as long as asked, by asking a synthesizer for the right pace.

The pace that a synthesizer is asked for and the time that it then takes are no straight line apart, so the
answer is searched for in a few steps on the logarithms of both.
"""

from __future__ import annotations

import math

from models.base import SpeechSynthesizer
from models.types import AudioClip, VoiceDesign

TRIES = 3
"""Each costs a synthesis; the third mostly lands within 2 %."""

CLOSE_ENOUGH = 0.015
"""A relative error of duration that neither ear nor lips notice."""

LEAST_STEP = 2e-3
"""In log speed: a fifth of a percent changes nothing that can be measured."""

FLATTEST = -0.25
"""A synthesizer that answers less than a quarter of what it is asked for is not followed further."""


def synthesize_to_duration(
    synthesizer: SpeechSynthesizer,
    text: str,
    *,
    language: str,
    voice: VoiceDesign,
    target_duration_s: float,
    natural_duration_s: float,
    speed_limits: tuple[float, float],
) -> tuple[AudioClip, float]:
    """Return the take that comes closest to a duration, and the speed that was asked for.

    Args:
        synthesizer: Who speaks.
        text: What to say.
        language: One of the synthesizer's.
        voice: Who says it.
        target_duration_s: How long it should last.
        natural_duration_s: How long it lasts at speed 1.
        speed_limits: The slowest and fastest speed that may be asked for.

    Raises:
        ModelOutputError: nothing audible came out.
    """
    slowest, fastest = (math.log(limit) for limit in speed_limits)
    wanted = math.log(target_duration_s / natural_duration_s)
    slope, tried = -1.0, math.nan
    takes: list[tuple[float, AudioClip, float]] = []
    while len(takes) < TRIES:
        asked = min(max(wanted / slope, slowest), fastest)
        if math.isclose(asked, tried, abs_tol=LEAST_STEP):
            break  # at a limit, or as close as it gets: the same again would be the same
        clip = synthesizer.synthesize(text, language, voice, math.exp(asked))
        got = math.log(clip.duration_s / natural_duration_s)
        takes.append((abs(got - wanted), clip, math.exp(asked)))
        if abs(got - wanted) < CLOSE_ENOUGH:
            break
        # The curve passes through speed 1 and natural duration: the chord from there is the next guess.
        slope = min(got / asked, FLATTEST) if abs(asked) > LEAST_STEP else -1.0
        tried = asked
    _, clip, speed = min(takes, key=lambda take: take[0])
    return clip, speed
