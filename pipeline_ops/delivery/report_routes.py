"""Viewers' complaints about translations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response, status
from pydantic import Field

from pipeline_ops.catalog.playbacks import reporter_of
from pipeline_ops.catalog.reports import LONGEST_TEXT_CHARACTERS, file_report
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.catalog.trust_tables import ReportReason
from pipeline_ops.delivery.guard import require_same_origin
from pipeline_ops.delivery.service import MediaId, Service
from pipeline_ops.delivery.viewer_routes import LIMITED, Body, TagText, ViewToken
from pipeline_ops.errors import SettingsError


class ViewerReport(Body):
    """What a viewer says is wrong with a translation.

    Attributes:
        view: What the page was given for telling of this view.
        language: The dub's language.
        reason: What kind of thing is wrong.
        at_s: Where in the video, in seconds; None where they did not say.
        text: In their words.
    """

    view: ViewToken
    language: TagText
    reason: ReportReason
    at_s: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    text: Annotated[str, Field(max_length=LONGEST_TEXT_CHARACTERS)] = ""


def report_routes(service: Service) -> APIRouter:
    """Return the route of complaints."""
    router = APIRouter(tags=["viewer"])

    @router.post(
        "/v/{media}/reports",
        status_code=204,
        response_class=Response,
        dependencies=[Depends(require_same_origin), Depends(service.report_limit.check)],
        responses=LIMITED,
    )
    def take_report(media: MediaId, report: ViewerReport) -> Response:
        """Take a complaint for a reviewer to look at."""
        view = service.check_view(media, report.view)
        run_id = service.video(media, view.met.arm if view.met else None).runs.get(report.language)
        if run_id is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such translation.")
        with service.catalog.writing() as session:
            translation = session.get_one(TranslationRow, (run_id, report.language))
            try:
                file_report(
                    session,
                    translation,
                    reason=report.reason,
                    at_s=report.at_s,
                    text=report.text,
                    reporter=reporter_of(view.id),
                )
            except SettingsError as error:
                message = "That is not within the video, or too long."
                raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, message) from error
        return Response(status_code=status.HTTP_204_NO_CONTENT)

    return router
