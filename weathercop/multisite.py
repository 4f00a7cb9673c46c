"""The path of `Multisite` in programs for weathercop 0.2, kept for them; `from weathercop import Multisite` is the same."""

from __future__ import annotations

from weathercop._multisite import Multisite

__all__ = ["Multisite"]


def __dir__() -> list[str]:
    return sorted(__all__)
