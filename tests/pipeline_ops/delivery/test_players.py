from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import WeightsUnavailableError
from models.weights import WeightsStore
from pipeline_ops.delivery.players import list_players, player_files


def test_players_that_were_not_fetched_are_missed_with_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailableError, match=r"hls\.min\.mjs.*dubwright delivery prepare"):
        player_files(WeightsStore(tmp_path))


def test_no_two_files_of_players_have_one_name() -> None:
    names = [file.name for player in list_players() for file in player.files]
    assert len(set(names)) == len(names) == 2
