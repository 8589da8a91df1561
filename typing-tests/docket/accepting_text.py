"""What no checker objects to, and docket refuses when the program runs: a string is an iterable of strings."""

from typing import assert_type

from docket import Cancellation, Docket


async def accepted(docket: Docket) -> None:
    assert_type(await docket.cancel_many("a key"), dict[str, Cancellation])
