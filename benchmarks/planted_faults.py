"""Do the gates catch what they should, and nothing else? Faults planted into good results, and good results.

    python -m benchmarks.planted_faults [--store URL] [--faults RESULT] [--fixture FILE]

Reads finished translations of a checkpoint store (the deployment's own where none is named; nothing is
written there), evaluates each, and holds it against all gates: none should fire. Into one of them faults are
planted, each of which the expectation named beside it should catch. Prints the two tables of docs/quality.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from benchmarks.engines import engine
from benchmarks.faults import (
    SOUND_FAULTS,
    TABLE_FAULTS,
    Background,
    SoundFault,
    frozen_lips,
    late_lips,
)
from benchmarks.good_results import GoodResult, Tables, read_good_results
from models.base import Capability
from models.errors import UnsupportedLanguageError
from models.types import VoiceDesign
from pipeline_ops.artefacts import to_json
from pipeline_ops.gates.expectations import expected_of
from pipeline_ops.gates.outcomes import ExpectationOutcome
from pipeline_ops.gates.tables import said_texts
from pipeline_ops.gates.validation import check_tables
from pipeline_ops.graph import GATES, NODES
from pipeline_ops.media.ffmpeg import own_input, run_ffmpeg
from pipeline_ops.settings import Settings
from pipeline_ops.stages.gate_timing import timing_tables
from pipeline_ops.stages.gate_translation import translation_tables
from pipeline_ops.stages.gate_wording import wording_tables

STRANGER = "Bonjour à tous, aujourd'hui nous allons parler de la cuisine et des vins de Bourgogne. " * 3


def judge(capability: Capability, language: str) -> Any:
    """Return the embedded profile's model, None where none serves the language."""
    try:
        return engine(capability, language)
    except UnsupportedLanguageError:
        return None


def judges_for(language: str) -> dict[str, Any]:
    """Return the judges of `evaluate`, loaded."""
    return {name: judge(kind, language) for name, kind in NODES["evaluate"].stage.judges.items()}


def outcomes_of(tables: Tables, gate: str, only: str | None = None) -> tuple[ExpectationOutcome, ...]:
    """Return what one gate says of tables; of a single expectation where one is named."""
    source, target = tables.language.language, tables.target_language
    if gate == "gate_wording":
        looked_at = wording_tables(tables.utterances, tables.lines, source, target, tables.media.duration_s)
    elif gate == "gate_timing":
        looked_at = timing_tables(
            tables.utterances, tables.takes, tables.placements, tables.subtitles, tables.media.duration_s
        )
    else:
        texts = said_texts(tables.placements, tables.takes)
        looked_at = translation_tables(
            tables.utterances,
            tables.lines,
            texts,
            source_language=source,
            target_language=target,
            metrics=tables.metrics,
            heard=tables.heard,
        )
    expected = [each for each in expected_of(*looked_at) if only in {None, each.name}]
    return check_tables(looked_at, expected).outcomes


def failed(outcomes: Sequence[ExpectationOutcome]) -> dict[str, ExpectationOutcome]:
    """Return the expectations that were not met, by name."""
    return {each.name: each for each in outcomes if not each.passed}


def report_good(result: GoodResult) -> bool:
    """Print one row for a good result; return whether no gate fired."""
    outcomes = [each for gate in GATES for each in outcomes_of(result.tables, gate)]
    fired = failed(outcomes)
    told = "; ".join(f"{name}: {each.detail} ({each.severity})" for name, each in fired.items())
    print(f"| {result.name} | {len(outcomes)} | {len(fired)} | {told or 'none'} |", flush=True)
    return not fired


def report_fault(name: str, wanted: Sequence[str], outcomes: Sequence[ExpectationOutcome]) -> bool:
    """Print one row for a fault; return whether one of the expectations that should catch it did."""
    fired = failed(outcomes)
    by = [each for each in wanted if each in fired]
    others = [each for each in fired if each not in by]
    stops = "stop" if any(each.severity == "stop" for each in fired.values()) else "flag"
    caught = f"{', '.join(by)} ({fired[by[0]].detail})" if by else "**missed**"
    print(f"| {name} | {stops if fired else '-'} | {caught} | {', '.join(others) or '-'} |", flush=True)
    return bool(by)


def with_sound(result: GoodResult, samples: np.ndarray, scratch: Path, *options: str) -> Path:
    """Return the finished file with another dub in it, coded as `label_and_mux` codes it."""
    rate_hz = soundfile.info(str(result.dub)).samplerate
    sound, video = scratch / "faulty.wav", scratch / "faulty.mp4"
    soundfile.write(str(sound), samples, rate_hz, subtype="FLOAT")
    maps = ["-map", "0:v:0", "-map", "1:a:0", "-map", "0:a:1", "-map", "0:s?"]
    run_ffmpeg(
        [
            *own_input(result.video), *own_input(sound), *maps,
            "-c", "copy", "-c:a:0", "aac", "-b:a:0", "192k", *options, "-y", str(video),
        ],
        task="plant a fault",
        timeout_s=120,
    )  # fmt: skip
    return video


def with_picture(result: GoodResult, frozen_from: float, scratch: Path) -> Path:
    """Return the finished file with a picture that stands still from a share of its frames on."""
    video, count = scratch / "frozen.mp4", result.tables.media.video.frame_count
    moving = max(1, round(count * frozen_from))
    picture = f"[0:v:0]trim=end_frame={moving},tpad=stop_mode=clone:stop={count - moving}[v]"
    maps = ["-filter_complex", picture, "-map", "[v]", "-map", "0:a", "-map", "0:s?"]
    run_ffmpeg(
        [
            *own_input(result.video), *maps, "-c", "copy", "-c:v", "libx264", "-preset", "veryfast",
            "-y", str(video),
        ],
        task="plant a fault",
        timeout_s=300,
    )  # fmt: skip
    return video


def in_another_voice(result: GoodResult, scratch: Path) -> Path:
    """Return the dub's speech said by the language's first voice of the other kind."""
    tables = result.tables
    synthesizer = engine("speech_synthesis", tables.target_language)
    own = result.voices[0].design.main_voice_id
    kind = "f" if own[1] == "m" else "m"
    voice = next(
        each.id
        for each in synthesizer.voices
        if each.language == tables.target_language and each.id[1] == kind
    )
    speech, rate_hz = soundfile.read(str(result.dub_speech), dtype="float32")
    changed = np.zeros_like(speech)
    texts = {take.take: take.text for take in tables.takes}
    for place in tables.placements:
        clip = synthesizer.synthesize(
            texts[place.take], tables.target_language, VoiceDesign.of(voice), place.speed
        )
        first, last = round(place.start_s * rate_hz), round(place.end_s * rate_hz)
        said = soxr.resample(clip.samples[0], clip.sample_rate_hz, rate_hz)[: last - first]
        changed[first : first + len(said)] = said
    path = scratch / "another_voice.flac"
    soundfile.write(str(path), changed, rate_hz)
    return path


def plant_sound(
    fault: SoundFault, result: GoodResult, background: Background, judges: dict[str, Any], scratch: Path
) -> tuple[ExpectationOutcome, ...]:
    """Return what the gate says of a result with a fault in its sound."""
    dub, _ = soundfile.read(str(result.dub), dtype="float32", always_2d=True)
    video = with_sound(result, fault.plant(dub, background), scratch)
    return outcomes_of(result.evaluated(judges, scratch, video=video).tables, "gate_translation")


def background_of(result: GoodResult) -> Background:
    """Read what faults of sound are made from."""
    original, rate_hz = soundfile.read(str(result.original), dtype="float32", always_2d=True)
    background, _ = soundfile.read(str(result.background), dtype="float32", always_2d=True)
    synthesizer = engine("speech_synthesis", "fr")
    voice = next(each.id for each in synthesizer.voices if each.language == "fr")
    clip = synthesizer.synthesize(STRANGER, "fr", VoiceDesign.of(voice), 1.0)
    stranger = soxr.resample(clip.samples[0], clip.sample_rate_hz, rate_hz)
    return Background(
        rate_hz,
        original,
        background,
        result.tables.placements,
        np.repeat(stranger[:, None], original.shape[1], 1).astype(np.float32),
    )


def plant_all(result: GoodResult, judges: dict[str, Any], scratch: Path) -> tuple[int, int]:
    """Print the table of faults; return how many there were and how many were caught."""
    caught = []
    for fault in TABLE_FAULTS:
        outcomes = outcomes_of(fault.plant(result.tables), fault.gate)
        caught.append(report_fault(fault.name, [fault.caught_by], outcomes))
    background = background_of(result)
    for sound_fault in SOUND_FAULTS:
        outcomes = plant_sound(sound_fault, result, background, judges, scratch)
        caught.append(report_fault(sound_fault.name, sound_fault.caught_by, outcomes))
    dub, _ = soundfile.read(str(result.dub), dtype="float32", always_2d=True)
    others: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
        ("wrong voice", ("the_voice_is_the_one_that_was_chosen", "the_voice_is_not_a_strangers"),
         {"dub_speech": in_another_voice(result, scratch)}),
        ("frozen lips", ("new_lips_move_with_the_sound",), {"lips": frozen_lips(result.lips)}),
        ("lips 300 ms late", ("new_lips_are_in_time",), {"lips": late_lips(result.lips)}),
    ]  # fmt: skip
    for name, wanted, changes in others:
        tables = result.evaluated(judges, scratch, **changes).tables
        caught.append(report_fault(name, wanted, outcomes_of(tables, "gate_translation")))
    for name, wanted, options in (
        (
            "the file is cut off",
            ("the_picture_is_complete", "the_file_is_as_long_as_the_source"),
            ("-t", "5"),
        ),
        ("no subtitles in the file", ("subtitles_are_in_the_file",), ("-sn",)),
    ):
        tables = result.evaluated(judges, scratch, video=with_sound(result, dub, scratch, *options)).tables
        caught.append(report_fault(name, wanted, outcomes_of(tables, "gate_translation")))
    for name, frozen_from in (("the picture is frozen", 0.0), ("the picture freezes half-way", 0.5)):
        tables = result.evaluated(judges, scratch, video=with_picture(result, frozen_from, scratch)).tables
        wanted = ("the_picture_moves_where_the_originals_does",)
        caught.append(report_fault(name, wanted, outcomes_of(tables, "gate_translation")))
    return len(caught), sum(caught)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", default=Settings.from_environment().store_url)
    parser.add_argument("--faults", default="", help="part of the name of the result that faults go into")
    parser.add_argument(
        "--no-faults", action="store_true", help="hold good results against the gates, no more"
    )
    parser.add_argument("--fixture", type=Path, help="write the tables of that result as JSON, for tests")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        fetched = scratch / "fetched"
        fetched.mkdir()
        print("| good result | expectations | not met | which |\n|---|---|---|---|")
        good = []
        for result in read_good_results(arguments.store, fetched):
            began = time.process_time()
            measured = result.evaluated(judges_for(result.tables.target_language), scratch)
            seconds = time.process_time() - began
            report_good(measured)
            print(f"<!-- {seconds:.1f} s of CPU; {dataclasses.asdict(measured.tables.metrics)}")
            print(f"{[dataclasses.asdict(line) for line in measured.tables.heard]} -->", flush=True)
            good.append(measured)
        chosen = next((each for each in good if arguments.faults in each.name), None)
        if chosen is None:
            print("No such result is in the store.")
            return
        if arguments.fixture:
            arguments.fixture.write_bytes(to_json(Tables, chosen.tables))
        if not arguments.no_faults:
            print("\n| fault | | caught by | fired too |\n|---|---|---|---|")
            total, caught = plant_all(chosen, judges_for(chosen.tables.target_language), scratch)
            print(f"\n{caught} of {total} faults were caught.")


if __name__ == "__main__":
    main()
