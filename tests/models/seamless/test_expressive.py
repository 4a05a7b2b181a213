from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sentencepiece

from models.environments.process import EnvironmentEngine, EnvironmentProcess
from models.errors import FaultError, ModelOutputError, UnsupportedLanguageError
from models.seamless.expressive import DURATION_FACTORS, FILES, PYTHON_VARIABLE, ExpressiveSpeechTranslator
from models.seamless.m4t_speech import M4TSpeechTranslator
from models.seamless.speech import SpeechTranslator, SpokenUnits
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES, spoken

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ROOT / "tests" / "models" / "environments"
SOUNDS = [spoken("en", line) for line in range(3)]

in_its_environment = pytest.mark.skipif(
    PYTHON_VARIABLE not in os.environ,
    reason=f"set {PYTHON_VARIABLE} to the interpreter of an environment of models/environments/seamless.txt",
)


@pytest.fixture(scope="module")
def served(tiny_seamless: dict[str, Path]) -> Iterator[ExpressiveSpeechTranslator]:
    """The translator, with SeamlessM4T through transformers at the other end of the same process."""
    options = {
        "root": str(ROOT),
        "files": {name: str(path) for name, path in tiny_seamless.items()},
        "options": OPTIONS,
    }
    engine = EnvironmentEngine(
        "SeamlessM4T", Path(sys.executable), f"{ENVIRONMENTS / 'served_m4t.py'}:ServedM4T", options
    )
    translator = ExpressiveSpeechTranslator(EnvironmentProcess(engine), sample_rate_hz=16_000)
    yield translator
    translator.close()


@pytest.mark.models
def test_a_model_in_another_process_says_what_it_says_in_this_one(
    served: ExpressiveSpeechTranslator, tiny_seamless: dict[str, Path]
) -> None:
    here = M4TSpeechTranslator.load(tiny_seamless, OPTIONS)
    speed = 1.1
    lines = served.translate(SOUNDS, "fr", speed=speed * DURATION_FACTORS["fra"])
    assert [line.text for line in lines] == list(SENTENCES["fr"])
    assert lines == here.translate(SOUNDS, "fr", speed=speed)
    # Silence is cut on either side, the second time off what has none.
    there, near = served.say(lines[0], sound=SOUNDS[0]), here.say(lines[0])
    assert there.duration_s == pytest.approx(near.duration_s, abs=0.03)


@pytest.mark.models
def test_reworded_lines_are_retold_in_another_process(served: ExpressiveSpeechTranslator) -> None:
    lines = served.retell(SOUNDS[:2], ["Nous faisons du pain.", "Le train."], "fr")
    assert [line.text for line in lines] == ["Nous faisons du pain.", "Le train."]
    assert len(lines[1].units) < len(lines[0].units)


def translator_of(**options: Any) -> ExpressiveSpeechTranslator:
    files = {name: Path("nowhere") / name for name in FILES}
    return ExpressiveSpeechTranslator.load(files, {"python": "nowhere/python", **options})


def test_it_is_known_what_it_speaks_without_its_environment() -> None:
    translator = translator_of()
    assert isinstance(translator, SpeechTranslator)
    assert translator.languages == {"de", "en", "es", "fr", "it", "zh"}
    with pytest.raises(UnsupportedLanguageError, match="it speaks de, en, es, fr, it, zh"):
        translator.translate(SOUNDS, "pt")


def test_what_it_cannot_do_is_refused_before_its_environment_is_started() -> None:
    translator = translator_of()
    line = SpokenUnits("fr", "Bon.", (1, 2, 3))
    with pytest.raises(UnsupportedLanguageError, match="it speaks in that of the line"):
        translator.say(line, sound=SOUNDS[0], voice_id="fra-1")
    with pytest.raises(FaultError, match="hand it over"):
        translator.say(line)
    with pytest.raises(ModelOutputError, match="Line 0"):
        translator.retell(SOUNDS[:1], [" "], "fr")
    with pytest.raises(FaultError, match="1 texts were handed over for 2 lines"):
        translator.retell(SOUNDS[:2], ["Bon."], "fr")
    with pytest.raises(FaultError, match="times its pace"):
        translator.translate(SOUNDS, "fr", speed=3.0)


def test_without_an_environment_it_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    with pytest.raises(FaultError, match=rf"environments/seamless\.txt and set {PYTHON_VARIABLE}"):
        translator_of(python="")
    monkeypatch.setenv(PYTHON_VARIABLE, "/nowhere/python")
    with pytest.raises(FaultError, match="cannot be started with /nowhere/python"):
        translator_of(python="").translate(SOUNDS[:1], "fr")


def test_missing_files_and_unknown_options_are_named() -> None:
    with pytest.raises(FaultError, match=r"needs m2m_expressive_unity\.pt"):
        ExpressiveSpeechTranslator.load({}, {"python": "python"})
    with pytest.raises(FaultError, match=r"no option \['beams'\]"):
        translator_of(beams=5)


@pytest.fixture(scope="module")
def expressive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExpressiveSpeechTranslator]:
    """SeamlessExpressive itself, tiny and random, in its own environment."""
    folder = tmp_path_factory.mktemp("expressive")
    train_tokenizers(folder)
    python = os.environ[PYTHON_VARIABLE]
    made = subprocess.run(
        [python, "-I", str(ENVIRONMENTS / "make_tiny_expressive.py"), str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    translator = ExpressiveSpeechTranslator.load(
        {name: folder / name for name in FILES}, {"cards": json.loads((folder / "cards.json").read_text())}
    )
    yield translator
    translator.close()


def train_tokenizers(folder: Path) -> None:
    text = folder / "sentences.txt"
    text.write_text("\n".join(line for lines in SENTENCES.values() for line in lines), encoding="utf-8")
    for name, kind, size in (("tokenizer", "bpe", 80), ("spm_char_lang38_tc", "char", 60)):
        sentencepiece.SentencePieceTrainer.train(
            input=str(text),
            model_prefix=str(folder / name),
            vocab_size=size,
            model_type=kind,
            hard_vocab_limit=False,
            minloglevel=2,
        )


@in_its_environment
@pytest.mark.seamless_environment
def test_speech_becomes_text_and_units_and_then_sound_through_fairseq2(
    expressive: ExpressiveSpeechTranslator,
) -> None:
    (line,) = expressive.translate(SOUNDS[:1], "fr")
    assert line.language == "fr"
    assert line.text
    assert line.units
    assert expressive.retell(SOUNDS[:1], [line.text], "fr") == [line]  # forced, its tokens say the same
    beginning = dataclasses.replace(line, units=line.units[:100])  # what random networks say is long
    clip = expressive.say(beginning, sound=SOUNDS[0])
    assert clip.sample_rate_hz == 24_000
    assert clip.duration_s == pytest.approx(2.0, abs=0.1)


@in_its_environment
@pytest.mark.seamless_environment
def test_a_given_text_is_forced_and_its_durations_scale_through_fairseq2(
    expressive: ExpressiveSpeechTranslator,
) -> None:
    texts = ["Nous faisons du pain.", "Le train."]
    natural, slow = (expressive.retell(SOUNDS[:2], texts, "fr", speed=pace) for pace in (1.0, 0.5))
    assert [line.text for line in natural] == texts
    assert len(natural[0].units) > len(natural[1].units) >= len(texts[1])  # a unit a letter at least
    assert len(slow[0].units) > len(natural[0].units)


@in_its_environment
@pytest.mark.seamless_environment
def test_the_line_colours_how_its_translation_is_said_through_fairseq2(
    expressive: ExpressiveSpeechTranslator,
) -> None:
    (line,) = expressive.retell(SOUNDS[:1], ["Nous faisons du pain."], "fr")
    one, other = (expressive.say(line, sound=sound).samples for sound in (SOUNDS[0], SOUNDS[2]))
    assert one.shape == other.shape
    assert not np.allclose(one, other)
