"""A policy that is its own value can be derived from: the parameter gets the derived class, and takes only that."""

from typing import Annotated, Self, assert_type

from paramdeps import Dependency, Depends, call, marker


class Retry(Dependency["Retry"]):
    def __init__(self, attempts: int = 1) -> None:
        self.attempts = attempts

    @classmethod
    def forever(cls) -> Self:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self


class Patient(Retry):
    def __init__(self, attempts: int = 1, *, delay: float = 0.0) -> None:
        super().__init__(attempts)
        self.delay = delay


class Timed(Patient):
    async def __aenter__(self) -> Self:
        entered = await super().__aenter__()
        assert_type(entered, Self)
        return entered


async def patient(policy: Patient = Patient(3, delay=0.5)) -> float:
    return policy.delay


async def general(policy: Retry = Timed.forever()) -> int:
    return policy.attempts


async def annotated(day: str, *, policy: Annotated[Retry, Patient()] = Retry()) -> bytes:
    raise NotImplementedError


async def entered(policy: Patient, timed: Timed) -> None:
    async with policy as value, timed as timed_value:
        assert_type(value, Patient)
        assert_type(timed_value, Timed)
        assert_type(value.delay, float)
    assert_type(Patient.forever(), Patient)
    assert_type(Timed.forever(), Timed)


async def use() -> None:
    assert_type(await call(patient), float)
    assert_type(await call(patient, Timed()), float)
    assert_type(await call(general, policy=Patient()), int)
    assert_type(await call(annotated, "monday", policy=Timed()), bytes)

    await call(patient, Retry())  # E: argument
    await call(patient, policy=3)  # E: argument
    await call(annotated, "monday", policy="patient")  # E: argument


# To a parameter's default, and to `marker`, it is what its base is a dependency of.
assert_type(Depends(Patient()), Retry)
assert_type(marker(Patient)(3, delay=0.5), Retry)
narrower: Patient = Retry()  # E: assignment
Patient(delay="long")  # E: argument
Timed(3, 0.5)  # E: argument
