"""Lets pages of another origin send to a bucket or read from it: rules of cross-origin requests (CORS).

A bucket has one list of rules. What is in it stays, whoever wrote it; what is allowed is not added again.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit
from xml.etree import ElementTree

from minio import Minio
from minio.error import S3Error

from pipeline_ops.checkpoints.s3_storage import answering, open_client
from pipeline_ops.checkpoints.storage import folder_or_s3, s3_settings
from pipeline_ops.errors import SettingsError

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

REMEMBERED_S = 3600
"""How long a browser may keep the answer; browsers cap it themselves (Chromium at two hours)."""

NO_RULES = "NoSuchCORSConfiguration"

NOT_KEPT = frozenset({"NotImplemented", "MethodNotAllowed"})
"""What servers answer that keep no such rules; MinIO's are those of the whole server."""


@dataclass(frozen=True, slots=True)
class CrossOriginUse:
    """What pages do with a bucket.

    Attributes:
        methods: Of HTTP.
        headers: What requests bring besides what browsers may always send.
        exposed: Headers of answers that a page's script may read.
    """

    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()


SENDING_PARTS = CrossOriginUse(("PUT",))
"""By signed addresses, without a header of ours."""

READING_RANGES = CrossOriginUse(("GET", "HEAD"), ("Range",), ("Content-Range",))


def allow_origin(
    url: str,
    called: str,
    origin: str,
    use: CrossOriginUse,
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Let pages of an origin use a bucket; tell whether a rule had to be added.

    Args:
        url: Of the bucket, `s3://bucket/prefix?endpoint=...`.
        called: What the URL is called, for people: the beginning of a sentence.
        origin: `https://studio.example`, with the port where it has one.
        use: What they do with it.
        environment: Where credentials come from; read instead of `os.environ`.

    Raises:
        SettingsError: the origin or the URL makes no sense, or what keeps no such rules: a folder, a server.
        StorageUnavailableError: the server does not answer.
    """
    _check_origin(origin)
    bucket = folder_or_s3(url, called)
    if not isinstance(bucket, SplitResult):
        message = (
            f"{called} is a folder, {bucket}: browsers ask our own service, and nothing is to be allowed."
        )
        raise SettingsError(message)
    settings = s3_settings(bucket, os.environ if environment is None else environment, called)
    place = f"{called} {settings.location}"
    client = open_client(settings)
    with answering(place, settings.bucket):
        if not client.bucket_exists(settings.bucket):
            client.make_bucket(settings.bucket)
        rules = _read_rules(client, settings.bucket)
        if any(_allows(rule, origin, use) for rule in rules):
            return False
        namespace = rules.tag.rpartition("}")[0].removeprefix("{")
        rules.append(_rule(origin, use, namespace))
        # Some servers look for names without a prefix.
        body = ElementTree.tostring(rules, default_namespace=namespace or None)
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        try:
            _ask(client, "PUT", settings.bucket, body=body, headers={"Content-MD5": digest})
        except S3Error as error:
            if error.code not in NOT_KEPT:
                raise
            message = (
                f"{place} keeps no rules of its own ({error.code}). With MinIO they are those of the server:"
                f" set MINIO_API_CORS_ALLOW_ORIGIN={origin} there."
            )
            raise SettingsError(message) from error
    return True


def _read_rules(client: Minio, bucket: str) -> ElementTree.Element:
    try:
        answer = _ask(client, "GET", bucket)
    except S3Error as error:
        if error.code not in {NO_RULES, *NOT_KEPT}:
            raise
        return ElementTree.Element(f"{{{NAMESPACE}}}CORSConfiguration")
    return ElementTree.fromstring(answer)  # noqa: S314  the bucket's own server wrote it


def _ask(client: Minio, method: str, bucket: str, **request: Any) -> bytes:
    # The client has no call for these rules, so its own way of asking is used; its version is pinned.
    answer: bytes = client._execute(method, bucket, query_params={"cors": ""}, **request).data
    return answer


def _allows(rule: ElementTree.Element, origin: str, use: CrossOriginUse) -> bool:
    """Tell whether a rule allows all of a use; patterns such as `https://*.example` are not looked into."""

    def has(name: str, wanted: Iterable[str]) -> bool:
        named = {(each.text or "").lower() for each in rule if each.tag.rpartition("}")[2] == name}
        return "*" in named or {each.lower() for each in wanted} <= named

    return (
        has("AllowedOrigin", [origin])
        and has("AllowedMethod", use.methods)
        and has("AllowedHeader", use.headers)
        and has("ExposeHeader", use.exposed)
    )


def _rule(origin: str, use: CrossOriginUse, namespace: str) -> ElementTree.Element:
    qualified = f"{{{namespace}}}" if namespace else ""
    rule = ElementTree.Element(f"{qualified}CORSRule")
    values = {
        "AllowedOrigin": (origin,),
        "AllowedMethod": use.methods,
        "AllowedHeader": use.headers,
        "ExposeHeader": use.exposed,
        "MaxAgeSeconds": (str(REMEMBERED_S),),
    }
    for name, texts in values.items():
        for text in texts:
            ElementTree.SubElement(rule, f"{qualified}{name}").text = text
    return rule


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or origin != f"{parts.scheme}://{parts.netloc}"
    ):
        message = (
            f"{origin[:100]!r} is no origin; write https://studio.example, with nothing behind the host."
        )
        raise SettingsError(message)
