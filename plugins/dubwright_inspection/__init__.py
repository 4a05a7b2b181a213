"""Pages that show what a run made: checkpoints with their lineage, cost and artefacts."""
