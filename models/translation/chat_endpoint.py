"""One question to a server that speaks OpenAI's chat completions, with bounded patience.

https://platform.openai.com/docs/api-reference/chat; vLLM, llama.cpp, Ollama and many services speak it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from models.errors import FaultError, ModelRefusedError, ModelUnavailableError
from models.translation.prompts import Message

TIMEOUT_S = 120.0
"""Twenty lines of 200 characters are some 3000 tokens; the slowest servers write 30 a second."""
TRIES = 4
BACK_OFF_S = 1.0
"""Before the second try; twice as long before each further one."""
LONGEST_BACK_OFF_S = 30.0
"""Airflow tries the whole stage again later: a longer wait would only hold a worker."""
LARGEST_REPLY_BYTES = 2_000_000
LONGEST_REASON_CHARACTERS = 300

TOO_MANY_REQUESTS = 429
OVERLOADED = frozenset({408, 425, TOO_MANY_REQUESTS})
SERVER_ERROR = 500
REDIRECT = 300


@dataclass(frozen=True)
class ChatEndpoint:
    """Where a remote language model answers, and how patient one is with it.

    Attributes:
        address: Up to and without `/chat/completions`.
        key: Sent as a bearer token; None where none is needed. It is shown nowhere.
        timeout_s: The most that one try may take, from sending to the last byte.
        tries: How often a question is asked that the world does not answer.
        back_off_s: Before the second try.
    """

    address: str
    key: str | None
    timeout_s: float = TIMEOUT_S
    tries: int = TRIES
    back_off_s: float = BACK_OFF_S

    def __repr__(self) -> str:
        """Show where, and no key."""
        return f"ChatEndpoint({self.address!r})"

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> ChatEndpoint:
        """Read an entry's `connection`.

        Args:
            options: `address`; `key_variable`, the NAME of the environment variable that holds the key;
                `timeout_s`, `tries`, `back_off_s`.

        Raises:
            FaultError: the address is none, the variable is not set, or there is an option of another name.
        """
        unknown = sorted(set(options) - {"address", "key_variable", "timeout_s", "tries", "back_off_s"})
        if unknown:
            message = (
                f"The connection of a language model has no option {unknown[0]!r}. A key is never written"
                " down: give the name of the environment variable that holds it as key_variable"
            )
            raise FaultError(message)
        address = str(options.get("address", ""))
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            message = (
                "The connection of a language model needs an address such as https://host/v1, without user,"
                " password or query"
            )
            raise FaultError(message)
        variable = options.get("key_variable")
        key = os.environ.get(str(variable)) if variable else None
        if variable and not key:
            message = (
                f"The key for {address} is to be in the environment variable {variable}, which is not set"
            )
            raise FaultError(message)
        return cls(
            address.rstrip("/"),
            key,
            timeout_s=float(options.get("timeout_s", TIMEOUT_S)),
            tries=int(options.get("tries", TRIES)),
            back_off_s=float(options.get("back_off_s", BACK_OFF_S)),
        )

    def ask(self, model: str, messages: Sequence[Message], settings: Mapping[str, Any]) -> str:
        """Return the reply to a conversation; nothing where it did not come to an end.

        Raises:
            ModelUnavailableError: no answer, or a server that is overloaded or broken, as often as was tried.
            ModelRefusedError: the server refused the question: key, model or settings are wrong.
        """
        question = {**settings, "model": model, "messages": list(messages)}
        pause_s = self.back_off_s
        for _ in range(self.tries - 1):
            try:
                return _reply(self._post(question))
            except ModelUnavailableError as error:
                wanted_s = error.retry_after_s or 0.0
                time.sleep(min(max(pause_s, wanted_s), LONGEST_BACK_OFF_S))
                pause_s *= 2
        return _reply(self._post(question))

    def _post(self, question: Mapping[str, Any]) -> bytes:
        import httpx

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        deadline = time.monotonic() + self.timeout_s
        try:
            with (
                httpx.Client(timeout=self.timeout_s, follow_redirects=False) as client,
                client.stream(
                    "POST", f"{self.address}/chat/completions", json=question, headers=headers
                ) as response,
            ):
                content = bytearray()
                for block in response.iter_bytes():
                    content += block
                    # A server that sends a byte now and then would hold a worker for ever.
                    if time.monotonic() > deadline:
                        raise self._unavailable(f"took longer than {self.timeout_s:g} s")
                    if len(content) > LARGEST_REPLY_BYTES:
                        message = f"The language model at {self.address} sent more than a reply can be"
                        raise ModelRefusedError(message)
        except (httpx.TransportError, httpx.StreamError, httpx.DecodingError) as error:
            raise self._unavailable(f"did not answer ({type(error).__name__})") from error
        status = response.status_code
        if status in OVERLOADED or status >= SERVER_ERROR:
            raise self._unavailable(f"answered {status}", _seconds(response.headers.get("Retry-After")))
        if status >= REDIRECT:
            reason = " ".join(bytes(content[:LONGEST_REASON_CHARACTERS]).decode(errors="replace").split())
            message = f"The language model at {self.address} refused with {status}: {reason}"
            raise ModelRefusedError(message)
        return bytes(content)

    def _unavailable(self, what: str, retry_after_s: float | None = None) -> ModelUnavailableError:
        return ModelUnavailableError(f"The language model at {self.address} {what}", retry_after_s)


def _reply(content: bytes) -> str:
    """Read the text out of a completion; nothing where the server sent something else, or was cut short."""
    import json

    try:
        choice = json.loads(content)["choices"][0]
        text, reason = choice["message"]["content"], choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return text.strip() if isinstance(text, str) and reason in {"stop", None} else ""


def _seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After header that counts seconds; dates are not read."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
