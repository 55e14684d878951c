"""The line: requests and answers of the client as those of httpx2, alike for both shells."""

from __future__ import annotations

from typing import Any

import httpx2

from timewright import __version__
from timewright.client.calls import Answer, Request
from timewright.client.exchange import Trouble

TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
"""How long to wait for a connection, and for anything to be sent or to come, in seconds."""

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


class Line:
    """Where the server is and who asks."""

    def __init__(self, base_url: str, token: str) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("The base address must begin with http:// or https://, and end with the path of the API.")
        try:
            httpx2.URL(base_url)
        except httpx2.InvalidURL as error:
            raise ValueError(f"The base address is none: {error}.") from None
        if not (token.isascii() and token.isprintable()):
            raise ValueError("A token is written in printable ASCII characters.")
        self.base_url = base_url.rstrip("/")
        self._token = token

    def outgoing(self, request: Request) -> dict[str, Any]:
        """A request as httpx2 builds one. One that asks who the server is goes without the token."""
        headers = {"accept": "application/json", "user-agent": f"timewright-client/{__version__}", **request.headers}
        if not request.is_anonymous:
            headers["authorization"] = f"Bearer {self._token}"
        if request.body is not None:
            headers["content-type"] = "application/json"
        url = self.base_url + request.path
        return {"method": request.method, "url": url, "headers": headers, "content": request.body}

    @staticmethod
    def incoming(response: httpx2.Response) -> Answer:
        """An answer that was read whole."""
        return Answer(response.status_code, dict(response.headers), response.content)

    @staticmethod
    def broken(error: httpx2.RequestError) -> Trouble:
        """No answer came."""
        return Trouble(str(error) or type(error).__name__, may_have_arrived=not isinstance(error, _NOT_SENT))
