"""Payloads are signed with a string, with bytes, or with several of these."""

from docket import Docket, StrikeList, Worker


async def signed() -> None:
    Docket("name", signing_key=None)
    Docket("name", signing_key="text")
    Docket("name", signing_key=b"bytes")
    Docket("name", signing_key=["text", b"bytes"])
    Docket("name", signing_key=("text",))
    StrikeList("name", signing_key=b"bytes")
    await Worker.run("name", signing_key=["text"], max_redeliveries=3)
    Docket("name", signing_key=5)  # E: argument
    Docket("name", signing_key=bytearray(b"bytes"))  # E: argument
    Docket("name", signing_key=[5])  # E: argument
    StrikeList("name", signing_key=5)  # E: argument
    StrikeList("name", signing_key=[5])  # E: argument
    await Worker.run("name", signing_key=5)  # E: argument
    await Worker.run("name", signing_key=[5])  # E: argument
