"""One question to somebody outside, by HTTP: bounded in time and in size, without redirects."""

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx

ANSWER_BYTES_MAX: Final = 100_000


class NoAnswer(Exception):
    """It could not be reached, took too long, or said too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks over connections that are kept."""

    http: httpx.AsyncClient
    seconds: float

    async def post(self, url: str, body: bytes, media_type: str) -> tuple[int, bytes]:
        """The status and the body of the answer.

        Raises:
            NoAnswer: there is none, or it is larger than any of ours would be.
        """
        headers = {"Content-Type": media_type}
        try:
            async with (
                asyncio.timeout(self.seconds),
                self.http.stream("POST", url, content=body, headers=headers) as response,
            ):
                answer = b""
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) > ANSWER_BYTES_MAX:
                        raise NoAnswer("too long")
                return response.status_code, answer
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from error
