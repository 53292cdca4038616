"""The limits of intake that a deployment may set (docs/settings.md). The composition root installs them once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Days before its last one in which a lot is taken out; when a device is late (times its rhythm) and silent (hours)."""

    expiry_days: int = 3
    late_after: int = 2
    silent_hours: int = 24


_installed = [Limits()]


def install(limits: Limits) -> None:
    """Make these the process's limits."""
    _installed[:] = [limits]


def limits() -> Limits:
    """The process's limits."""
    return _installed[0]
