"""None is taken where it means something, and refused everywhere else."""

from paramdeps import (
    App,
    Argument,
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
    validate,
    without_dependencies,
)


def function() -> int:
    raise NotImplementedError


App(cleanup_timeout=None)
App(collect_errors=None)  # E: argument
App(concurrent=None)  # E: argument

Argument(None)
Argument(optional=None)  # E: argument

Depends(None)  # E: argument
Fresh(None)  # E: argument
Shared(None)  # E: argument
entered(None)  # E: argument
marker(None)  # E: argument

override(None, function)  # E: argument
override(function, None)  # E: argument

call_sync(None)  # E: argument
mermaid(None)  # E: argument
plan(None)  # E: argument
stream(None)  # E: argument
validate(None)  # E: argument
without_dependencies(function, None)
without_dependencies(None)  # E: argument


async def called(app: App, planned: Plan[int], resolution: Resolution, dependency: Dependency[int]) -> None:
    planned.resolve((), {}, None)
    await planned.run((), {}, None)

    await call(None)  # E: argument
    await app.call(None)  # E: argument
    app.stream(None)  # E: argument
    planned.resolve(None, {})  # E: argument
    planned.resolve((), None)  # E: argument
    await planned.run(None, {})  # E: argument
    await planned.run((), None)  # E: argument
    planned.declared(None)  # E: argument
    planned.asynchronous(None, {})  # E: argument
    planned.asynchronous((), None)  # E: argument
    planned.shared(None, {})  # E: argument
    planned.shared((), None)  # E: argument
    resolution.instances(None)  # E: argument
    dependency.bind_to_parameter(None, "a value")  # E: argument
