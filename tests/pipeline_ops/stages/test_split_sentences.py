from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import SpeakerTurn, Transcript, TranscriptSegment, Word
from pipeline_ops.stages.split_sentences import (
    Sentences,
    SplitParameters,
    split_sentences,
    split_words,
)

PARAMETERS = SplitParameters()


def spoken(
    text: str, *, start_s: float = 0.0, word_s: float = 0.3, pauses: dict[int, float] | None = None
) -> tuple[Word, ...]:
    """Words at an even pace; `pauses` maps a word's position to the silence before it."""
    words, clock_s = [], start_s
    for position, token in enumerate(text.split()):
        clock_s += (pauses or {}).get(position, 0.05)
        words.append(Word(token, clock_s, clock_s + word_s, 0.9))
        clock_s += word_s
    return tuple(words)


def texts(words: tuple[Word, ...], parameters: SplitParameters = PARAMETERS) -> list[str]:
    return [" ".join(word.text for word in piece) for piece in split_words(words, parameters)]


def split(words: tuple[Word, ...], *turns: SpeakerTurn) -> Sentences:
    transcript = Transcript("en", (TranscriptSegment(words, -0.2, 0.0, 1.2),))
    return split_sentences(transcript=transcript, turns=turns, parameters=PARAMETERS)


def test_sentences_are_parted_at_full_stops() -> None:
    words = spoken("I bake bread at home. It takes one whole day. Would you like some?")
    assert texts(words) == ["I bake bread at home.", "It takes one whole day.", "Would you like some?"]


def test_abbreviations_and_initials_end_no_sentence() -> None:
    words = spoken("Mr. Smith met Dr. J. Jones at 3.5 p.m. on the old bridge today.")
    assert len(texts(words)) == 1


def test_a_long_pause_parts_a_sentence_that_grammar_does_not() -> None:
    words = spoken("and then I opened the old oven and it was completely cold", pauses={6: 1.4})
    assert texts(words) == ["and then I opened the old", "oven and it was completely cold"]


def test_a_hesitation_in_mid_sentence_is_no_boundary() -> None:
    words = spoken("and then I opened the oven and it was completely cold", pauses={5: 0.35})
    assert len(texts(words)) == 1


def test_a_sentence_too_long_is_cut_at_its_comma() -> None:
    first = "when the dough has rested for the night under a clean cloth in the cold room,"
    second = "you can shape it with wet hands and leave it once more to rise until noon comes."
    words = spoken(f"{first} {second}", word_s=0.4)
    assert texts(words) == [first, second]


def test_a_word_of_one_second_joins_its_neighbour_where_no_pause_parts_them() -> None:
    words = spoken("Yes. I like the bread that you made for us.")
    assert len(texts(words)) == 1


def test_a_short_answer_between_pauses_stands_alone() -> None:
    words = spoken("Do you like it very much? Yes. Then let us eat it now.", pauses={6: 1.0, 7: 1.0})
    assert texts(words)[1] == "Yes."


def test_nothing_said_gives_no_lines() -> None:
    assert split_words((), PARAMETERS) == []


def test_utterances_carry_times_words_and_subtitles() -> None:
    words = spoken("I bake bread at home. It takes one whole day.", start_s=2.0)
    sentences = split(words)
    assert [line.index for line in sentences.utterances] == [0, 1]
    assert sentences.utterances[0].start_s == words[0].start_s
    assert sentences.utterances[1].end_s == words[-1].end_s
    assert [line.text for line in sentences.subtitles] == [line.text for line in sentences.utterances]


def test_lines_are_cut_where_the_speaker_changes_and_say_who_speaks() -> None:
    words = spoken("do you bake it all on your own yes I do it every single week now and I love it")
    middle_s = words[8].start_s
    end_s = words[-1].end_s
    # A voice that is heard first but says nothing takes no number.
    turns = (
        SpeakerTurn(0.0, 0.05, "voice_1", 0.9),
        SpeakerTurn(0.05, middle_s, "voice_3", 0.9),
        SpeakerTurn(middle_s, end_s, "voice_2", 0.9),
    )
    sentences = split(words, *turns)
    assert [(line.speaker, line.text) for line in sentences.utterances] == [
        ("speaker_1", "do you bake it all on your own"),
        ("speaker_2", "yes I do it every single week now and I love it"),
    ]
    assert [line.speaker for line in sentences.subtitles] == ["speaker_1", "speaker_2"]


def test_without_turns_there_is_one_speaker() -> None:
    sentences = split(spoken("I bake bread at home. It takes one whole day."))
    assert {(line.speaker, line.flags) for line in sentences.utterances} == {("speaker_1", ())}


def test_a_line_under_which_somebody_else_talks_is_flagged() -> None:
    words = spoken("I bake bread at home on every single Sunday. Then I eat all of it by myself.", word_s=0.4)
    end_s = words[-1].end_s
    sentences = split(
        words, SpeakerTurn(0.0, end_s, "voice_1", 0.9), SpeakerTurn(end_s - 1.0, end_s, "voice_2", 0.9)
    )
    assert [line.flags for line in sentences.utterances] == [(), ("overlapping_speech",)]


word_texts = st.sampled_from(["a", "bread,", "home.", "really?", "Dr.", "wonderfully", "3.5", "और", "sí!"])


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[Word, ...]:
    words, clock_s = [], 0.0
    for _ in range(draw(st.integers(1, 60))):
        clock_s += draw(st.floats(0.0, 2.5))
        end_s = clock_s + draw(st.floats(0.01, 1.5))
        words.append(Word(draw(word_texts), clock_s, end_s, 0.9))
        clock_s = end_s
    return tuple(words)


@settings(deadline=None)
@given(transcripts())
def test_no_word_is_lost_doubled_or_moved(words: tuple[Word, ...]) -> None:
    assert tuple(itertools.chain.from_iterable(split_words(words, PARAMETERS))) == words


@settings(deadline=None)
@given(transcripts())
def test_no_line_is_longer_than_the_limit_unless_it_is_one_word(words: tuple[Word, ...]) -> None:
    for piece in split_words(words, PARAMETERS):
        assert len(piece) == 1 or piece[-1].end_s - piece[0].start_s <= PARAMETERS.maximum_s


@settings(deadline=None)
@given(transcripts(), st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.2, 9.0)), max_size=12))
def test_lines_of_several_speakers_are_in_order_and_disjoint(
    words: tuple[Word, ...], spans_s: list[tuple[float, float]]
) -> None:
    turns = [
        SpeakerTurn(start_s, start_s + length_s, f"voice_{number % 3 + 1}", 0.5)
        for number, (start_s, length_s) in enumerate(sorted(spans_s))
    ]
    lines = split(words, *turns).utterances
    assert tuple(itertools.chain.from_iterable(line.words for line in lines)) == words
    assert [line.index for line in lines] == list(range(len(lines)))
    for before, after in itertools.pairwise(lines):
        assert before.end_s <= after.start_s
    numbers = [int(line.speaker.removeprefix("speaker_")) for line in lines]
    assert sorted(set(numbers), key=numbers.index) == list(range(1, len(set(numbers)) + 1))
