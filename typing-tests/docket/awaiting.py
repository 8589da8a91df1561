"""A forgotten `await` schedules nothing, so the checkers say so."""

from datetime import datetime

from docket import Docket, Execution


async def greet(name: str) -> None: ...


async def forgotten(docket: Docket, later: datetime) -> None:
    docket.add(greet)("Jane")  # E: await [ty: nothing]
    docket.add(greet, when=later, key="a key")("Jane")  # E: await [ty: nothing]
    docket.add("greet")("Jane")  # E: await [ty: nothing]
    docket.replace(greet, later, "a key")("Jane")  # E: await [ty: nothing]
    docket.replace("greet", later, "a key")("Jane")  # E: await [ty: nothing]
    docket.cancel("a key")  # E: await
    docket.clear()  # E: await
    docket.add(greet)("Jane").key  # E: attribute
    execution: Execution[None] = docket.add(greet)("Jane")  # E: assignment
    execution.sync()  # E: await
    execution.result()  # E: await
