"""The path of `Multisite` in programs for weathercop 0.2, kept for them; `from weathercop import Multisite` is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from varwg._arguments import no_such_name
from weathercop._multisite import Multisite

__all__ = ["Multisite"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        raise no_such_name(__name__, name)


def __dir__() -> list[str]:
    return sorted(__all__)
