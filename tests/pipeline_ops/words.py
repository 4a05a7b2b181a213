"""Words, segments and regions of speech that tests are made of."""

from __future__ import annotations

from hypothesis import strategies as st

from models.types import TimeSpan, TranscriptSegment, Word


def segment(*words: Word) -> TranscriptSegment:
    return TranscriptSegment(words, -0.2, 0.01, 1.3)


def spans(*edges_s: tuple[float, float]) -> tuple[TimeSpan, ...]:
    return tuple(TimeSpan(*edge_s) for edge_s in edges_s)


@st.composite
def regions_of_speech(draw: st.DrawFn, count: int = 40) -> tuple[TimeSpan, ...]:
    """Regions in steps of 32 ms, as the detector counts, or of any length."""
    regions, clock_s = [], 0.0
    step_s = draw(st.sampled_from([0.032, 0.0007]))
    for _ in range(draw(st.integers(0, count))):
        clock_s += step_s * draw(st.integers(1, round(4.0 / step_s)))
        end_s = clock_s + step_s * draw(st.integers(1, round(40.0 / step_s)))
        regions.append(TimeSpan(clock_s, end_s))
        clock_s = end_s
    return tuple(regions)
