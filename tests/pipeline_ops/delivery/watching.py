"""Reads the watch page as its own script does."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi.testclient import TestClient

from tests.pipeline_ops.delivery.making import MadeVideo


def page_data(client: TestClient, video: MadeVideo, accept_language: str) -> dict[str, Any]:
    page = client.get(f"/v/{video.media_id}", headers={"Accept-Language": accept_language})
    found = re.search(r'<script type="application/json" id="video-data">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data
