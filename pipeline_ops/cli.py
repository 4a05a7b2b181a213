"""The `dubwright` command: one line a command group; the commands live in `pipeline_ops/commands/`."""

from __future__ import annotations

import logging

import typer

from pipeline_ops.commands import (
    airflow,
    audit,
    catalog,
    checkpoints,
    consent,
    creators,
    delivery,
    demo,
    evaluate_models,
    experiments,
    identify,
    metrics,
    models,
    ratings,
    reports,
    run,
    studio,
    takedown,
    tokens,
    translate,
    upgrade,
)

app = typer.Typer(
    name="dubwright",
    help="Translate creators' videos: what is said, in the same rhythm, over the same background.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("translate")(translate.translate)
app.command("demo")(demo.demo)
app.command("identify")(identify.identify_file)
app.command("evaluate-models")(evaluate_models.evaluate_models)
app.add_typer(airflow.app, name="airflow")
app.add_typer(audit.app, name="audit")
app.add_typer(catalog.app, name="catalog")
app.add_typer(checkpoints.app, name="checkpoints")
app.add_typer(consent.app, name="consent")
app.add_typer(creators.app, name="creators")
app.add_typer(delivery.app, name="delivery")
app.add_typer(experiments.app, name="experiments")
app.add_typer(metrics.app, name="metrics")
app.add_typer(models.app, name="models")
app.add_typer(reports.app, name="reports")
app.add_typer(takedown.app, name="takedown")
app.add_typer(studio.app, name="studio")
app.add_typer(tokens.app, name="tokens")
app.add_typer(ratings.app, name="ratings")
app.add_typer(upgrade.app, name="upgrade")


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    app()
