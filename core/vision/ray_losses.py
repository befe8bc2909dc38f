"""What Ray's errors mean: something of the work, or something that went and may be tried once more. No torch."""

from __future__ import annotations

from typing import Final

from core.errors import ExemplaryError, NetworkError

MAX_LOSSES: Final = 3  # workers that may be lost over the same work, or in a row while they load the network: then the fault is in it


class WorkLost(Exception):
    """A process, a machine or what they held is gone."""


def meaning(error: BaseException, network_name: str) -> BaseException:
    """Return what an error that Ray raises is about: what a worker raised, if that is one of ours; NetworkError where none can load the
    network; WorkLost where something is gone, also where a worker noticed that. Any other error is returned as it is."""
    from ray import exceptions

    cause = error
    while isinstance(cause, exceptions.RayTaskError):
        cause = cause.cause
    if isinstance(cause, ExemplaryError):
        return cause
    if isinstance(cause, exceptions.RayActorError) and cause.actor_init_failed:
        return NetworkError(f"No worker of Ray can load {network_name} ({last_line(cause)}); it needs Exemplary there.")
    if isinstance(cause, exceptions.RayError) and not isinstance(cause, exceptions.RaySystemError):
        return WorkLost(last_line(cause))
    return error


def last_line(error: BaseException) -> str:
    """Return the last line of what an error says, which is where Ray says what was the matter."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip().rstrip(".")
