"""By its name, a task is not known to a checker: any arguments are accepted, and any result."""

from datetime import date, datetime, timedelta
from typing import Any, assert_type
from uuid import uuid4

from docket import Docket, Execution


async def by_name(docket: Docket, later: datetime) -> None:
    assert_type(await docket.add("greet")(), Execution[Any])
    assert_type(await docket.add("greet")("Jane", 3, loud=True), Execution[Any])
    assert_type(await docket.add("greet", later, "a key")("Jane"), Execution[Any])
    assert_type(await docket.add(function="greet", when=later, key="a key")("Jane"), Execution[Any])
    assert_type(await docket.replace("greet", later, "a key")("Jane", x=None), Execution[Any])
    assert_type(await docket.replace(function="greet", when=later, key="a key")("Jane"), Execution[Any])
    length: int = await (await docket.add("greet")("Jane")).result()
    print(length)

    await docket.add("greet", when="tomorrow")("Jane")  # E: argument
    await docket.add("greet", when=timedelta(minutes=5))("Jane")  # E: argument
    await docket.add("greet", when=5)("Jane")  # E: argument
    await docket.add("greet", when=date(2030, 1, 1))("Jane")  # E: argument
    await docket.add("greet", key=uuid4())("Jane")  # E: argument
    await docket.add("greet", key=3)("Jane")  # E: argument
    await docket.add("greet", key=b"a key")("Jane")  # E: argument
    await docket.add(b"greet")("Jane")  # E: argument
    await docket.replace("greet", "tomorrow", "a key")("Jane")  # E: argument
    await docket.replace("greet", None, "a key")("Jane")  # E: argument
    await docket.replace("greet", timedelta(minutes=5), "a key")("Jane")  # E: argument
    await docket.replace("greet", 5, "a key")("Jane")  # E: argument
    await docket.replace("greet", date(2030, 1, 1), "a key")("Jane")  # E: argument
    await docket.replace("greet", later, uuid4())("Jane")  # E: argument
    await docket.replace("greet", later, 3)("Jane")  # E: argument
    await docket.replace("greet", later, b"a key")("Jane")  # E: argument
    await docket.replace("greet", later, None)("Jane")  # E: argument
    await docket.replace(b"greet", later, "a key")("Jane")  # E: argument
