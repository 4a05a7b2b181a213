"""The players of the watch page: other people's JavaScript, pinned by content and fetched like weights."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from models.catalog import WeightFile
from models.errors import WeightsUnavailableError
from models.weights import FetchedFile, WeightsStore

PLAYERS_FILE = Path(__file__).with_name("players.yaml")


class Player(BaseModel):
    """One player, as `players.yaml` lists it; its files are fetched as a model's are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    summary: str
    homepage: str
    licence: str
    files: tuple[WeightFile, ...]


def list_players() -> tuple[Player, ...]:
    """Return all players."""
    content = yaml.safe_load(PLAYERS_FILE.read_text(encoding="utf-8"))
    return tuple(Player.model_validate(entry) for entry in content["players"])


def fetch_players(weights: WeightsStore) -> list[FetchedFile]:
    """Fetch what is not on this machine; see `Pull.fetch` for the errors."""
    return weights.pull(list_players())


def player_files(weights: WeightsStore) -> dict[str, Path]:
    """Return the players' files by name.

    Raises:
        WeightsUnavailableError: one is not on this machine.
    """
    players = list_players()
    missing = [file.name for player in players for file in weights.missing(player)]
    if missing:
        message = (
            f"The watch page's players are not in {weights.folder} ({', '.join(missing)});"
            " run `dubwright delivery prepare`"
        )
        raise WeightsUnavailableError(message)
    return {name: path for player in players for name, path in weights.files(player).items()}
