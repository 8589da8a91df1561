"""Answering those who ask, over HTTP, whether a worker is well."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

_PATIENCE_SECONDS = 5.0
_LONGEST_REQUEST_BYTES = 1 << 14


@asynccontextmanager
async def serving_health(
    troubles: Callable[[], list[str]], port: int, host: str | None = None
) -> AsyncGenerator[asyncio.Server]:
    """Answer each HTTP request with 200 while there are no troubles, and with 503 while there are.

    Args:
        troubles: What keeps the worker from working at the moment.
        port: Where to listen; 0 is any port that is free.
        host: On which interface; all of them if None, since those who probe are seldom on the same machine.

    Raises:
        OSError: the port cannot be had.
    """
    connections = set[asyncio.StreamWriter]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    request = await reader.readuntil(b"\r\n\r\n")
                    writer.write(_response(request, troubles()))
                    await writer.drain()
                    writer.close()
                    await writer.wait_closed()
        finally:
            connections.discard(writer)
            writer.transport.abort()

    server = await asyncio.start_server(answer, host, port, limit=_LONGEST_REQUEST_BYTES)
    try:
        yield server
    finally:
        server.close()
        for writer in connections:
            writer.transport.abort()
        await server.wait_closed()


def _response(request: bytes, troubles: list[str]) -> bytes:
    method = request.partition(b" ")[0]
    status = "503 Service Unavailable" if troubles else "200 OK"
    if method not in {b"GET", b"HEAD"}:
        status = "405 Method Not Allowed"
    body = json.dumps({"healthy": not troubles, "troubles": troubles}).encode() + b"\n"
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*head, "", ""]).encode() + (b"" if method == b"HEAD" else body)
