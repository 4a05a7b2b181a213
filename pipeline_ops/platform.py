"""The pieces of one deployment put together: settings, store, catalog, weights."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from models.base import Capability
from models.catalog import Catalog, load_catalog
from models.profile import Profile, load_profile
from models.weights import WeightsStore
from pipeline_ops.checkpoints.storage import open_storage
from pipeline_ops.checkpoints.store import CheckpointStore
from pipeline_ops.request import Request
from pipeline_ops.safety.signing import ManifestSigner, open_signer
from pipeline_ops.settings import Settings


@dataclass(frozen=True)
class Platform:
    """Everything that a stage's run needs besides its request."""

    settings: Settings
    store: CheckpointStore
    catalog: Catalog
    weights: WeightsStore

    @classmethod
    def from_environment(cls, settings: Settings | None = None) -> Platform:
        """Open the deployment that the environment describes; nothing is downloaded yet."""
        settings = settings or Settings.from_environment()
        return cls(
            settings=settings,
            store=CheckpointStore(open_storage(settings.store_url)),
            catalog=load_catalog(),
            weights=WeightsStore.from_environment(),
        )

    @functools.cached_property
    def signer(self) -> ManifestSigner:
        """Who signs this deployment's manifests; the development chain is made where nobody else is named."""
        return open_signer(self.settings.signing, self.settings.signing_dir)

    def profile_of(self, request: Request) -> Profile:
        """Return the request's profile with the models that it prefers put first."""
        return self.profile_with(request.profile, request.models)

    def profile_with(self, name: str, models: Mapping[str, str]) -> Profile:
        """Return a profile with some models, by capability, put first.

        Raises:
            UnknownModelError: there is no such profile, capability or model.
            CatalogError: a model has another capability, or a licence that the profile forbids.
        """
        profile = load_profile(name, self.catalog)
        for capability, model_id in models.items():
            profile = profile.with_model(cast("Capability", capability), model_id)  # it checks the name
        return profile
