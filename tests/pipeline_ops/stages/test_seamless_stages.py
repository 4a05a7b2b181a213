"""With one model for both, translating and speaking stay two stages with a checkpoint each."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from models.speech_synthesis.seamless_m4t import SeamlessSynthesizer
from models.translation.seamless_m4t import SeamlessTranslator
from models.types import LanguageIdentification, Utterance, VoiceDesign
from pipeline_ops.stages.synthesize import SynthesisParameters, synthesize
from pipeline_ops.stages.translate import TranslateParameters, translate
from pipeline_ops.voices.prosody import LineProsody
from pipeline_ops.voices.records import SpeakerVoice
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES
from tests.pipeline_ops.stages.sounds import media_lasting
from tests.pipeline_ops.stages.test_synthesize import Notebook

pytestmark = pytest.mark.models


def test_lines_are_translated_and_spoken_by_seamless(tiny_seamless: dict[str, Path], tmp_path: Path) -> None:
    translator = SeamlessTranslator.load(tiny_seamless, OPTIONS)
    synthesizer = SeamlessSynthesizer.load(tiny_seamless, OPTIONS)
    utterances = tuple(
        Utterance(line, "ann", 4.0 * line, 4.0 * line + 2.5, text)
        for line, text in enumerate(SENTENCES["en"])
    )
    translation = translate(
        utterances=utterances,
        language=LanguageIdentification("en", 1.0),
        terms=(),
        given=(),
        model=translator,
        parameters=TranslateParameters("fr"),
    )
    assert [line.wordings[0].text for line in translation.lines] == list(SENTENCES["fr"])
    ann = SpeakerVoice("ann", VoiceDesign.of("fra-1"), (), "pitch_unknown", "voices_do_not_mix", None, None)
    synthesis = synthesize(
        utterances=utterances,
        lines=translation.lines,
        voices=(ann,),
        prosody=tuple(LineProsody(line.index) for line in utterances),
        media=media_lasting(12.0),
        model=synthesizer,
        parameters=SynthesisParameters("fr"),
        scratch=tmp_path,
        memory=Notebook(),
    )
    assert {take.index for take in synthesis.takes} == {0, 1, 2}
    frames = sum(take.frame_count for take in synthesis.takes)
    assert soundfile.info(synthesis.audio).frames == frames
    assert soundfile.info(synthesis.audio).samplerate == 16_000
