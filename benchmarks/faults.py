"""Faults that are planted into a good translation, each with the expectation that should catch it.

Faults of tables change what stages hand on; faults of sound change the finished dub, which is then written
into the finished file and measured again like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.good_results import Tables
from models.types import Utterance
from pipeline_ops.quality.lip_sync import LipSync
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.timing import Placement

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TableFault:
    """A fault of what stages hand on, and the gate and the expectation that should see it."""

    name: str
    gate: str
    caught_by: str
    plant: Callable[[Tables], Tables]


@dataclass(frozen=True)
class Background:
    """What a fault of sound may use: the dub's sound itself is handed to it, shape (frames, channels)."""

    rate_hz: int
    original: NDArray[np.float32]
    background: NDArray[np.float32]
    placements: tuple[Placement, ...]
    stranger: NDArray[np.float32]


@dataclass(frozen=True)
class SoundFault:
    """A fault of the finished sound."""

    name: str
    caught_by: tuple[str, ...]
    plant: Callable[[NDArray[np.float32], Background], NDArray[np.float32]]


def _text(tables: Tables, place: int, change: Callable[[str], str]) -> Tables:
    """Change what is said of one line, in the wordings and in the takes."""
    index = tables.utterances[place].index
    lines = tuple(
        replace(line, wordings=tuple(replace(each, text=change(each.text)) for each in line.wordings))
        if line.index == index
        else line
        for line in tables.lines
    )
    takes = tuple(
        replace(take, text=change(take.text)) if take.index == index else take for take in tables.takes
    )
    return replace(tables, lines=lines, takes=takes)


def _source(tables: Tables, place: int, text: str) -> Tables:
    lines = [*tables.utterances]
    lines[place] = replace(lines[place], text=text)
    return replace(tables, utterances=tuple(lines))


def _place(tables: Tables, place: int, **changes: float) -> Tables:
    placements = [*tables.placements]
    placements[place] = dataclasses.replace(placements[place], **changes)  # type: ignore[arg-type]
    return replace(tables, placements=tuple(placements))


def _every_place(tables: Tables, change: Callable[[Placement], Placement]) -> Tables:
    return replace(tables, placements=tuple(map(change, tables.placements)))


def _line(tables: Tables, place: int, change: Callable[[Utterance], Utterance]) -> Tables:
    lines = [*tables.utterances]
    lines[place] = change(lines[place])
    return replace(tables, utterances=tuple(lines))


def _number(tables: Tables) -> Tables:
    """Let the original say a number, and the translation another."""
    changed = _source(tables, 0, f"{tables.utterances[0].text} 30")
    return _text(changed, 0, lambda text: f"{text} 13")


def _name(tables: Tables) -> Tables:
    changed = _source(tables, 0, f"{tables.utterances[0].text} said Kowalczyk to me")
    return _text(changed, 0, lambda text: f"{text} para mim")


def _negation(tables: Tables) -> Tables:
    changed = _source(tables, 1, "I did not say that, I never would.")
    affirmed = "Lo dije y lo diría." if tables.target_language == "es" else "Eu disse isso e diria."
    return _text(changed, 1, lambda _: affirmed)


def _loop(text: str) -> str:
    return " ".join([text.rstrip(".,!?")] * 4)


def _untranslated(tables: Tables) -> Tables:
    for place in range(len(tables.utterances)):
        source = tables.utterances[place].text
        tables = _text(tables, place, lambda _, source=source: source)
    return tables


def _word(tables: Tables, **changes: float) -> Tables:
    def change(line: Utterance) -> Utterance:
        return replace(line, words=(replace(line.words[0], **changes), *line.words[1:]))

    return _line(tables, 0, change)


def _swapped(tables: Tables) -> Tables:
    first, second, *others = tables.placements
    return replace(
        tables,
        placements=(
            replace(first, index=second.index, take=second.take),
            replace(second, index=first.index, take=first.take),
            *others,
        ),
    )


def _sync(correlation: float, offset_s: float) -> LipSync:
    return LipSync(
        offset_s=offset_s,
        correlation=correlation,
        best_correlation=max(correlation, 0.5 if offset_s else correlation),
        confidence=0.1,
        noise_mean=0.0,
        noise_spread=0.1,
        frames=170,
    )


def frozen_lips(lips: LipJudgement) -> LipJudgement:
    """Return a judgement that keeps a picture whose mouths do not move."""
    return replace(
        lips, kept=True, tracks=tuple(replace(track, after=_sync(0.0, 0.0)) for track in lips.tracks)
    )


def late_lips(lips: LipJudgement) -> LipJudgement:
    """Return a judgement that keeps lips which go with the sound, but 0.3 s late."""
    return replace(
        lips, kept=True, tracks=tuple(replace(track, after=_sync(0.2, 0.3)) for track in lips.tracks)
    )


TABLE_FAULTS: tuple[TableFault, ...] = (
    TableFault("a word ends before it begins", "gate_wording", "words_do_not_end_before_they_begin",
               lambda t: _word(t, end_s=t.utterances[0].words[0].start_s - 0.2)),
    TableFault("a word lasts nine seconds", "gate_wording", "words_are_not_drawn_out",
               lambda t: _word(t, end_s=t.utterances[0].words[0].start_s + 9.0)),
    TableFault("the transcript runs past the video", "gate_wording", "lines_end_before_the_video_does",
               lambda t: _line(t, -1, lambda u: replace(u, end_s=t.media.duration_s + 3.0))),
    TableFault("the transcript is a guess", "gate_wording", "most_words_were_heard_surely",
               lambda t: replace(t, utterances=tuple(
                   replace(u, words=tuple(replace(w, probability=0.05) for w in u.words))
                   for u in t.utterances))),
    TableFault("two lines of the original overlap", "gate_wording", "lines_do_not_overlap",
               lambda t: _line(t, 1, lambda u: replace(u, start_s=t.utterances[0].start_s))),
    TableFault("a line of the original is empty", "gate_wording", "lines_say_something",
               lambda t: _source(t, 1, "...")),
    TableFault("a line of the original is dropped", "gate_wording", "lines_are_numbered_in_order",
               lambda t: replace(t, utterances=(t.utterances[0], *t.utterances[2:]))),
    TableFault("a line is not translated at all", "gate_wording", "no_line_is_without_translation",
               lambda t: replace(t, lines=t.lines[:-1])),
    TableFault("a translation is a whole paragraph", "gate_wording", "translations_are_about_as_long",
               lambda t: _text(t, 1, lambda s: f"{s} Além disso, gostaria de falar sobre outras coisas, uma"
                               " por uma, sem pressa nenhuma, até que todo mundo esteja cansado de ouvir.")),
    TableFault("a translation stops after a word", "gate_wording", "translations_are_about_as_long",
               lambda t: _text(t, 1, lambda s: s[:3])),
    TableFault("a number is mistranslated", "gate_wording", "numbers_are_kept", _number),
    TableFault("a negation is lost", "gate_wording", "negations_are_kept", _negation),
    TableFault("a name is lost", "gate_wording", "names_are_kept", _name),
    TableFault("everything is left in the source's language", "gate_wording", "most_lines_are_translated",
               _untranslated),
    TableFault("the decoder loops", "gate_wording", "no_line_repeats_itself", lambda t: _text(t, 1, _loop)),
    TableFault("a line is translated by the one before it", "gate_wording",
               "no_line_says_what_the_one_before_says",
               lambda t: _text(t, 1, lambda _: t.lines[0].wordings[0].text)),
    TableFault("a line of the dub is dropped", "gate_timing", "no_line_is_missing",
               lambda t: replace(t, placements=t.placements[:-1])),
    TableFault("a line of the dub is said twice", "gate_timing", "no_line_is_said_twice",
               lambda t: replace(t, placements=(*t.placements[:-1], t.placements[-2]))),
    TableFault("two lines of the dub are swapped", "gate_timing", "lines_are_in_order", _swapped),
    TableFault("two lines of the dub overlap", "gate_timing", "dubbed_lines_do_not_overlap",
               lambda t: _place(t, 1, start_s=t.placements[0].start_s + 0.1)),
    TableFault("a line runs past the end", "gate_timing", "dubbed_lines_end_before_the_video_does",
               lambda t: _place(t, -1, end_s=t.media.duration_s + 0.5)),
    TableFault("a line stands two seconds from its place", "gate_timing",
               "no_line_is_far_from_its_place",
               lambda t: _place(t, -1, original_start_s=t.placements[-1].start_s - 2.0)),
    TableFault("robotic speed", "gate_timing", "no_line_is_beyond_intelligible_pace",
               lambda t: _place(t, 1, speed=1.9)),
    TableFault("a line is stretched to twice its pace", "gate_timing", "no_line_is_stretched_to_pieces",
               lambda t: _place(t, 1, stretch=2.0)),
    TableFault("a line is squeezed into half a second", "gate_timing",
               "nobody_speaks_faster_than_people_can",
               lambda t: _place(t, 1, end_s=t.placements[1].start_s + 0.5)),
    TableFault("the last subtitle is missing", "gate_timing", "every_line_has_its_subtitle",
               lambda t: replace(t, subtitles=t.subtitles[:-1])),
    TableFault("a line is cut off before its end", "gate_timing", "no_line_is_cut_off",
               lambda t: _place(t, 1, end_s=t.placements[1].end_s - 0.3)),
    TableFault("every line begins 0.6 s late", "gate_timing", "starts_are_in_time",
               lambda t: _every_place(t, lambda p: replace(p, original_start_s=p.start_s - 0.6))),
    TableFault("the whole dub hurries", "gate_timing", "the_dub_is_not_hurried_throughout",
               lambda t: _every_place(t, lambda p: replace(p, speed=1.35))),
)  # fmt: skip


def _span(background: Background, place: int) -> slice:
    line = background.placements[place]
    return slice(round(line.start_s * background.rate_hz), round(line.end_s * background.rate_hz))


def _silenced_line(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    changed = sound.copy()
    span = _span(background, 1)
    changed[span] = background.background[span]
    return changed


def _swapped_sound(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    changed = sound.copy()
    one, other = _span(background, 1), _span(background, 2)
    length = min(one.stop - one.start, other.stop - other.start)
    changed[one], changed[other] = background.background[one], background.background[other]
    changed[one.start : one.start + length] = sound[other.start : other.start + length]
    changed[other.start : other.start + length] = sound[one.start : one.start + length]
    return changed


def _shifted(sound: NDArray[np.float32], seconds: float, rate_hz: int) -> NDArray[np.float32]:
    frames = round(seconds * rate_hz)
    silence = np.zeros((abs(frames), sound.shape[1]), np.float32)
    return (
        np.concatenate([silence, sound[:-frames]])
        if frames > 0
        else np.concatenate([sound[-frames:], silence])
    )


def _clipped(sound: NDArray[np.float32], _: Background) -> NDArray[np.float32]:
    return np.clip(sound * (8.0 / float(np.max(np.abs(sound)))), -1.0, 1.0)


def _decibels(gain_db: float) -> np.float32:
    return np.float32(10 ** (gain_db / 20))


def _noisy(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    level = np.sqrt(np.mean(sound[_span(background, 1)] ** 2))
    noise = np.random.default_rng(5).normal(0.0, level, sound.shape).astype(np.float32)
    return sound + noise


def _robot(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    """Ring modulation and eight levels of loudness: the voice of a cheap machine."""
    times_s = np.arange(len(sound), dtype=np.float32)[:, None] / background.rate_hz
    peak = float(np.max(np.abs(sound)))
    rung = sound * np.sin(2 * np.pi * 90.0 * times_s, dtype=np.float32)
    return np.round(rung / peak * 8).astype(np.float32) / 8 * peak


def _every_other(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    """Drop every other 40 ms: a broken stream."""
    gate = (np.arange(len(sound)) // round(0.04 * background.rate_hz)) % 2
    return sound * gate[:, None].astype(np.float32)


def _stranger(sound: NDArray[np.float32], background: Background) -> NDArray[np.float32]:
    """Another language over the same background, as loud."""
    said = background.stranger[: len(sound)]
    said = np.pad(said, ((0, len(sound) - len(said)), (0, 0)))
    wanted = np.sqrt(np.mean(sound[_span(background, 1)] ** 2))
    return background.background + said * (wanted / max(np.sqrt(np.mean(said**2)), 1e-6)).astype(np.float32)


SOUND_FAULTS: tuple[SoundFault, ...] = (
    SoundFault("silence", ("the_sound_is_audible",), lambda s, _: np.zeros_like(s)),
    SoundFault("one line is silent", ("every_line_is_audible", "every_line_is_understood"), _silenced_line),
    SoundFault("two lines are swapped in the sound", ("every_line_is_understood", "the_dub_is_understood"),
               _swapped_sound),
    SoundFault("the original still speaks", ("the_language_is_the_target", "the_dub_is_understood"),
               lambda _, b: b.original.copy()),
    SoundFault("another language is spoken",
               ("the_target_language_is_heard", "the_dub_is_understood"), _stranger),
    SoundFault("clipped audio", ("nothing_is_clipped", "peaks_are_kept"), _clipped),
    SoundFault("300 ms late", ("the_sound_is_in_time",), lambda s, b: _shifted(s, 0.3, b.rate_hz)),
    SoundFault("300 ms early", ("the_sound_is_in_time",), lambda s, b: _shifted(s, -0.3, b.rate_hz)),
    SoundFault("doubled background", ("the_background_keeps_its_level",), lambda s, b: s + b.background),
    SoundFault("the background is gone",
               ("the_background_keeps_its_level", "the_background_is_the_originals"),
               lambda s, b: s - b.background),
    SoundFault("6 dB too loud", ("the_sound_is_as_loud_as_the_source",), lambda s, _: s * _decibels(6.0)),
    SoundFault("12 dB too quiet", ("the_sound_is_as_loud_as_the_source",), lambda s, _: s * _decibels(-12.0)),
    SoundFault("noise as loud as the voice",
               ("the_background_keeps_its_level", "the_speech_sounds_like_speech"),
               _noisy),
    SoundFault("a robot's voice", ("the_speech_sounds_like_speech", "the_dub_is_understood"), _robot),
    SoundFault("a broken stream", ("the_speech_sounds_like_speech", "the_background_is_the_originals"),
               _every_other),
    SoundFault("the sound is played backwards", ("the_dub_is_understood",), lambda s, _: s[::-1].copy()),
    SoundFault("the sound ends half-way", ("the_sound_lasts_to_the_end", "every_line_is_audible"),
               lambda s, _: s[: len(s) // 2]),
)  # fmt: skip
