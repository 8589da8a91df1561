"""What runs a docket's work."""

from .worker import Worker, current_worker

__all__ = ["Worker", "current_worker"]
