"""What is required cannot be left out."""

from paramdeps import (
    App,
    Dependency,
    Depends,
    Fresh,
    Plan,
    Resolution,
    Shared,
    call,
    call_sync,
    entered,
    marker,
    mermaid,
    override,
    plan,
    stream,
    without_dependencies,
)


def function() -> int:
    raise NotImplementedError


Depends()  # E: argument
Fresh()  # E: argument
Shared()  # E: argument
entered()  # E: argument
marker()  # E: argument

override(function)  # E: argument

call_sync()  # E: argument
mermaid()  # E: argument
plan()  # E: argument
stream()  # E: argument
without_dependencies()  # E: argument


async def called(app: App, planned: Plan[int], resolution: Resolution, dependency: Dependency[int]) -> None:
    await call()  # E: argument
    await app.call()  # E: argument
    await app.get()  # E: argument
    app.stream()  # E: argument
    planned.resolve(())  # E: argument
    await planned.run(())  # E: argument
    planned.declared()  # E: argument
    planned.asynchronous(())  # E: argument
    planned.shared(())  # E: argument
    resolution.instances()  # E: argument
    dependency.bind_to_parameter("day")  # E: argument
