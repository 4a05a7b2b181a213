"""Marks the dub's speech before it is mixed, so that a machine finds out later that it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from models.base import Watermarker
from pipeline_ops.artefacts import FlacFile, Validation
from pipeline_ops.media.audio_blocks import read_blocks, sound_facts
from pipeline_ops.stage import Resources, stage

SHORTEST_SURE_S = 4.0
"""With less speech than one window of the detector it may not hear the mark, though it is there."""


@dataclass(frozen=True, slots=True)
class WatermarkFacts:
    """What the mark's own detector heard in the marked speech.

    Attributes:
        marked_s: Seconds in which the mark is found.
        heard_s: Seconds in which there was something to hear.
        strongest: The surest window's presence, 0 to 1.
        payload_bits: How long an id the mark carries; 0 where it only says that it is there.
    """

    marked_s: float
    heard_s: float
    strongest: float
    payload_bits: int


@dataclass(frozen=True, slots=True)
class WatermarkedSpeech:
    """The dub's speech with the mark: as long as it was, at its rate, at 24 bits; and what is heard in it."""

    speech: FlacFile
    facts: WatermarkFacts

    def validations(self) -> tuple[Validation, ...]:
        """Check that the mark is found where there is speech enough to bear it."""
        facts = self.facts
        found = facts.marked_s > 0 or facts.heard_s < SHORTEST_SURE_S
        detail = f"{facts.marked_s:.1f} of {facts.heard_s:.1f} s, {facts.strongest:.2f} at most"
        return (Validation("watermark_found", found, detail),)


@stage(version=1, capability="watermarking", resources=Resources(memory_mb=700, timeout_s=3600))
def watermark(*, speech: FlacFile, model: Watermarker, scratch: Path) -> WatermarkedSpeech:
    """Mark the speech and make sure that the mark is heard.

    What lips are drawn from is the speech before this; what people hear is mixed from what this writes.
    """
    facts = sound_facts(speech)
    marked = scratch / "speech.flac"
    with soundfile.SoundFile(
        str(marked), "w", samplerate=facts.sample_rate_hz, channels=1, format="FLAC", subtype="PCM_24"
    ) as out:
        own = (block[0] for block in read_blocks(speech, mono=True))
        for block in model.mark(own, facts.sample_rate_hz):
            out.write(block)
    heard = read_blocks(marked, sample_rate_hz=model.sample_rate_hz, mono=True)
    reading = model.detect(block[0] for block in heard)
    return WatermarkedSpeech(
        marked,
        WatermarkFacts(
            marked_s=round(reading.marked_s, 3),
            heard_s=round(reading.heard_s, 3),
            strongest=round(reading.strongest, 4),
            payload_bits=model.payload_bits,
        ),
    )
