"""What is done for its effect gives nothing."""

from typing import assert_type

from docket import Docket, Execution, Worker


async def greet(name: str) -> None: ...


async def done(docket: Docket, execution: Execution[int], worker: Worker) -> None:
    assert_type(docket.register(greet), None)
    assert_type(docket.register_collection("shop.jobs:tasks"), None)
    assert_type(await execution.sync(), None)
    assert_type(await worker.run_forever(), None)
    assert_type(await worker.run_until_finished(), None)
    assert_type(await worker.run_at_most({"a key": 3}), None)
    assert_type(await Worker.run(), None)
    assert_type(worker.stop(), None)
    assert_type(worker.stop_now(), None)
