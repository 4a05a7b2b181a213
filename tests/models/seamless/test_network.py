from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.seamless.checkpoint import open_checkpoint
from models.seamless.network import SeamlessNetwork
from tests.models.seamless.tiny_checkpoint import OPTIONS, SENTENCES, spoken

pytestmark = pytest.mark.models

ENGLISH, PORTUGUESE = SENTENCES["en"], SENTENCES["pt"]


@pytest.fixture(scope="module")
def network(tiny_seamless: dict[str, Path]) -> SeamlessNetwork:
    return open_checkpoint(tiny_seamless, OPTIONS).network


def best(network: SeamlessNetwork, encoded: object, code: str) -> list[str]:
    return [found[0].text for found in network.write(encoded, code, beam_size=4)]  # type: ignore[arg-type]


def test_what_is_read_is_written_in_the_language_that_is_asked_for(network: SeamlessNetwork) -> None:
    read = network.read(ENGLISH, "eng")
    assert best(network, read, "por") == list(PORTUGUESE)
    assert best(network, read, "fra") == list(SENTENCES["fr"])
    assert best(network, network.read(PORTUGUESE, "por"), "eng") == list(ENGLISH)


def test_what_is_heard_is_written_in_the_language_that_is_asked_for(network: SeamlessNetwork) -> None:
    heard = network.hear([spoken("en", line) for line in range(3)])
    assert best(network, heard, "por") == list(PORTUGUESE)
    assert best(network, heard, "fra") == list(SENTENCES["fr"])


def test_hypotheses_come_with_their_probabilities_the_likeliest_first(network: SeamlessNetwork) -> None:
    for found in network.write(network.read(ENGLISH, "eng"), "por", beam_size=4, hypotheses=3):
        scores = [hypothesis.mean_log_probability for hypothesis in found]
        assert len({hypothesis.text for hypothesis in found}) == 3
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > -0.1 > scores[1]  # what it knows by heart, and what it does not


def test_a_batch_gives_what_its_lines_give_alone(network: SeamlessNetwork) -> None:
    read = network.read(ENGLISH, "eng")
    together = network.units_of(read, PORTUGUESE, "por", 1.0)
    alone = [
        network.units_of(network.read([source], "eng"), [text], "por", 1.0)[0]
        for source, text in zip(ENGLISH, PORTUGUESE, strict=True)
    ]
    assert together == alone


def test_a_short_line_is_heard_beside_a_long_one_as_it_is_alone(network: SeamlessNetwork) -> None:
    sounds = [spoken("en", line) for line in range(3)]
    together = network.hear(sounds)
    for line, sound in enumerate(sounds):
        alone = network.hear([sound])
        steps = int(together.mask[line].sum())
        assert steps == alone.states.shape[1]
        np.testing.assert_array_equal(together.states[line, :steps].numpy(), alone.states[0].numpy())


def test_a_blink_of_sound_can_be_heard(network: SeamlessNetwork) -> None:
    assert network.hear([np.zeros(10, np.float32)]).states.shape[0] == 1


def test_another_text_than_the_likeliest_gives_other_units(network: SeamlessNetwork) -> None:
    heard = network.hear([spoken("en", 0)])
    (likeliest,) = network.units_of(heard, [PORTUGUESE[0]], "por", 1.0)
    (reworded,) = network.units_of(heard, ["Fazemos pão."], "por", 1.0)
    assert len(reworded) < len(likeliest)


def test_the_source_colours_how_a_text_is_said(network: SeamlessNetwork) -> None:
    text = [PORTUGUESE[0]]
    of_speech = network.units_of(network.hear([spoken("en", 0)]), text, "por", 1.0)
    of_text = network.units_of(network.read([ENGLISH[0]], "eng"), text, "por", 1.0)
    assert of_speech != of_text


def test_durations_scale_with_their_factor(network: SeamlessNetwork) -> None:
    read = network.read(ENGLISH, "eng")
    natural, slow, fast = (
        np.array([len(units) for units in network.units_of(read, PORTUGUESE, "por", factor)])
        for factor in (1.0, 1.5, 0.75)
    )
    np.testing.assert_allclose(slow / natural, 1.5, rtol=0.15)
    np.testing.assert_allclose(fast / natural, 0.75, rtol=0.15)
    # The factor is of one call, not of the networks.
    again = network.units_of(read, PORTUGUESE, "por", 1.0)
    assert [len(units) for units in again] == list(natural)


def test_a_unit_lasts_20_ms(network: SeamlessNetwork) -> None:
    for count in (1, 7, 50):
        assert network.sound_of([5] * count, "por", 3).shape == (count * 320,)


def test_speakers_sound_different(network: SeamlessNetwork) -> None:
    units = [20, 30, 40] * 10
    one, other = (network.sound_of(units, "fra", speaker) for speaker in (1, 2))
    assert not np.allclose(one, other)


@pytest.mark.parametrize("line", range(3))
def test_text_and_units_are_those_that_transformers_own_generate_gives(
    network: SeamlessNetwork, line: int
) -> None:
    import torch

    rows = torch.tensor([[network._language("eng"), *network._tokens.encode(ENGLISH[line]), 3]])
    reference = network._model.generate(
        input_ids=rows,
        attention_mask=torch.ones_like(rows),
        tgt_lang="por",
        num_beams=4,
        return_intermediate_token_ids=True,
    )
    assert network._tokens.decode(reference.sequences[0].tolist()) == PORTUGUESE[line]
    (units,) = network.units_of(network.read([ENGLISH[line]], "eng"), [PORTUGUESE[line]], "por", 1.0)
    # Four control symbols come before the units; what is no unit is not said.
    assert units == tuple(number - 4 for number in reference.unit_sequences[0].tolist() if number >= 4)
