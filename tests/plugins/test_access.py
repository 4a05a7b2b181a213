from __future__ import annotations

import pytest
from fastapi import HTTPException, Request


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"origin": "https://airflow.example", "host": "airflow.example"},
        {"authorization": "Bearer token"},
    ],
)
def test_what_comes_from_these_pages_or_with_a_token_is_let_in(headers: dict[str, str]) -> None:
    from dubwright_inspection.access import require_same_origin

    require_same_origin(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site", "authorization": "Bearer token"},
        {"origin": "https://evil.example", "host": "airflow.example", "authorization": "Bearer token"},
        {"sec_fetch_site": "same-site", "origin": "https://a.example", "host": "a.example"},
        {"origin": "https://evil.example", "host": "airflow.example"},
        {"origin": "null", "host": "airflow.example"},
    ],
)
def test_what_a_foreign_page_sends_is_refused(headers: dict[str, str]) -> None:
    from dubwright_inspection.access import require_same_origin

    with pytest.raises(HTTPException) as refused:
        require_same_origin(request(**headers))
    assert refused.value.status_code == 403
