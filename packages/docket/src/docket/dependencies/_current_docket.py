"""`CurrentDocket`."""

from paramdeps import Depends

from ..docket import Docket, current_docket


def CurrentDocket() -> Docket:
    """The docket whose worker runs the task: `docket: Docket = CurrentDocket()`."""
    return Depends(current_docket.get)
