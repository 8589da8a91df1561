"""The strikes of a docket: put into force, taken out of it, and known here."""

import logging
from collections.abc import Callable, Mapping
from uuid import uuid4

from ..errors import PayloadError, PayloadRefused
from ..model.printable import printable
from ..model.seal import Kind, Seal
from ..model.strikes import NO_VERSION, InForce, Strike, UnreadableStrike
from . import scripts
from .connections._wire import Wire
from .keys import Keys

logger: logging.Logger = logging.getLogger("docket.strikes")

_VERSION = b"version"


class Strikes:
    """The strikes that are in force, as far as they are known here.

    Nobody follows them. Their version does that: every script that schedules or claims is told which one its caller
    knows, and does nothing but bring the new ones if that is not the current one. So who is idle sends nothing, and
    nothing is scheduled or claimed by anybody who has missed a strike.
    """

    def __init__(self, wire: Wire, keys: Keys, seal: Seal) -> None:
        """The strikes under `keys`, vouched for by `seal`; none are known yet."""
        self._seal = seal
        self._wire = wire
        self._keys = keys
        self.in_force: InForce = InForce()
        """The strikes as they were last seen."""

    async def find(self, match: Callable[[InForce], Strike | None]) -> Strike | None:
        """What `match` finds among the strikes. Something it finds is in force at the server as well."""
        while True:
            known = self.in_force
            strike = match(known) if known else None
            if strike is None or not await self.catch_up(known):
                return strike

    async def load(self) -> InForce:
        """Read all strikes that are in force."""
        (flat,) = await self._wire.read(("HGETALL", self._keys.strikes))
        return self.adopt(flat)

    async def catch_up(self, known: InForce) -> bool:
        """See whether the strikes have changed since they were as `known`, and read them if so."""
        (version,) = await self._wire.read(("HGET", self._keys.strikes, _VERSION))
        if (version or NO_VERSION) == known.version:
            return False
        await self.load()
        return True

    def adopt(self, flat: list[bytes]) -> InForce:
        """Take what a script has brought for the strikes that are in force."""
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        version = fields.pop(_VERSION, NO_VERSION)
        known: Mapping[bytes, Strike | UnreadableStrike] = {**self.in_force.strikes, **self.in_force.unreadable}
        all_read = {identity: known.get(identity) or self._read(identity, data) for identity, data in fields.items()}
        self.in_force = InForce(
            version,
            {identity: read for identity, read in all_read.items() if isinstance(read, Strike)},
            {identity: read for identity, read in all_read.items() if isinstance(read, UnreadableStrike)},
        )
        return self.in_force

    async def strike(self, strike: Strike) -> bool:
        """Put a strike into force; returns False if it was in force before.

        Raises:
            PayloadRefused: there are strikes that were signed with keys that are not known here. So those who have
                these keys would refuse this one, and it would block nothing.
        """
        identity = uuid4().hex.encode()
        while True:
            known = self.in_force
            if same := known.same_as(strike):
                if identity in same:  # it came to be by a call whose answer was lost
                    return True
                if not await self.catch_up(known):
                    return False
            elif foreign := known.signed_by_others:
                if not await self.catch_up(known):
                    raise _refusal(strike, foreign)
            elif await self._change("strike", known, identity, self._sealed(identity, strike)):
                self.in_force = InForce(identity, {**known.strikes, identity: strike}, known.unreadable)
                return True

    async def restore(self, strike: Strike | UnreadableStrike) -> bool:
        """Take a strike out of force; returns False if it was not in force."""
        version = uuid4().hex.encode()
        while True:
            known = self.in_force
            if known.version == version:  # it was restored by a call whose answer was lost
                return True
            if not (same := known.same_as(strike)):
                if not await self.catch_up(known):
                    return False
            elif await self._change("restore", known, version, *same):
                self.in_force = InForce(version, _without(same, known.strikes), _without(same, known.unreadable))
                return True

    async def _change(self, verb: str, known: InForce, version: bytes, *more: bytes) -> bool:
        newer = await scripts.run(self._wire, verb, [self._keys.strikes], [known.version, version, *more])
        if newer is not None:
            self.adopt(newer)
        return newer is None

    def _sealed(self, identity: bytes, strike: Strike) -> bytes:
        return self._seal.close(strike.dump(), Kind.STRIKE, identity.decode(), "")

    def _read(self, identity: bytes, data: bytes) -> Strike | UnreadableStrike:
        name = identity.decode("utf-8", "backslashreplace")
        try:
            return Strike.load(self._seal.open(data, Kind.STRIKE, name, ""))
        except PayloadError as error:
            logger.warning("a strike cannot be read here, so it blocks nothing here: %s", printable(str(error)))
            return UnreadableStrike(name, str(error), self._seal.is_on(data))


def _without[T](identities: list[bytes], strikes: Mapping[bytes, T]) -> dict[bytes, T]:
    return {identity: each for identity, each in strikes.items() if identity not in identities}


def _refusal(strike: Strike, foreign: list[UnreadableStrike]) -> PayloadRefused:
    number = "1 strike is" if len(foreign) == 1 else f"{len(foreign)} strikes are"
    return PayloadRefused(
        f"{strike.outline} was not struck, for it might block nothing: {number} in force that cannot be read here "
        f"({foreign[0].reason}). Strike with the signing key of the others, or restore what is unreadable first"
    )
