"""Which models made what feeds a stage, told from the manifests of all that came before."""

from __future__ import annotations

from importlib.metadata import version

from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.errors import DamagedArtefactError
from pipeline_ops.graph import GRAPH
from pipeline_ops.platform import Platform
from pipeline_ops.safety.manifest import ModelUse, Origin
from pipeline_ops.work import Work


def origin_of(work: Work, platform: Platform) -> Origin:
    """Return where the result of a stage comes from.

    Raises:
        DamagedArtefactError: a checkpoint upstream is gone.
    """
    waiting = [CheckpointReference.parse(record.reference) for record in work.inputs.values()]
    seen: set[CheckpointReference] = set()
    uses = set()
    while waiting:
        reference = waiting.pop()
        if reference in seen:
            continue
        seen.add(reference)
        manifest = platform.store.inspect(reference)
        if manifest is None:
            raise DamagedArtefactError(str(reference), "manifest", "the checkpoint is gone")
        if manifest.model is not None:
            uses.add(ModelUse(reference.stage, manifest.model.id, manifest.model.weights_digest))
        waiting += manifest.parents
    order = {node.name: place for place, node in enumerate(GRAPH)}
    in_order = sorted(uses, key=lambda use: (order.get(use.stage, len(order)), use.model, use.weights_digest))
    return Origin(str(work.reference), tuple(in_order), version("dubwright"))
