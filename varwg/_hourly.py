"""Hours of a simulation: what of the observations they come from, how a run asks for them, and the one call that makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import N_DOYS
from varwg._disaggregation import Disaggregation, HourlyArchive, disaggregate, step_times
from varwg._disaggregation.archive import WINDOW
from varwg._provenance import parsed_json
from varwg.errors import ScenarioError
from varwg.streams import Streams

#: Name of the stream that disaggregation draws from.
HOURS: Final = "disaggregation"


@dataclass(frozen=True)
class HourlyOptions:
    """How all members of a run are disaggregated.

    Attributes
    ----------
    steps_per_day : int
        Steps in a day, as in the observations that the model was fitted to.
    window : int
        Half-width in days of the season that observed days come from.
    """

    steps_per_day: int = 24
    window: int = WINDOW

    @classmethod
    def of(cls, archive: HourlyArchive | None, disaggregate: bool | Mapping[str, Any]) -> HourlyOptions | None:
        """The options that a user asked for, or None if he wants days only.

        Parameters
        ----------
        archive : HourlyArchive or None
            That of the model.
        disaggregate : bool or mapping
            True for the defaults, or {"window": days}.

        Raises
        ------
        ScenarioError
            If the model has no archive, or an option is unknown or out of range.
        """
        if disaggregate is False:
            return None
        if archive is None:
            raise ScenarioError(
                "disaggregate was asked for, but the model knows no course of days, because it was fitted to daily "
                "observations or to sub-daily ones without a complete day: fit it to hourly observations."
            )
        chosen = {} if disaggregate is True else disaggregate
        if not isinstance(chosen, Mapping):
            raise ScenarioError(f"disaggregate is {disaggregate!r}, but True, False or {{'window': days}} is needed.")
        unknown = sorted(set(map(str, chosen)) - {"window"})
        if unknown:
            raise ScenarioError(f"disaggregate has the option {unknown[0]!r}, but there is only 'window': leave it out.")
        return cls(archive.steps_per_day, _checked_window(chosen.get("window", WINDOW)))

    def to_json(self) -> str:
        """Canonical text for attributes and manifests."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> HourlyOptions | None:
        """The inverse of `to_json`; None for the empty text of a run without hours.

        Raises
        ------
        ScenarioError
            If the text is something else.
        """
        if not text:
            return None
        try:
            content = parsed_json(text, "the description of the hours")
            return cls(**{field.name: int(content[field.name]) for field in fields(cls)})
        except (ValueError, KeyError, TypeError) as error:
            raise ScenarioError(f"{text!r} does not say how days were disaggregated ({error}).") from error


def hours_of(
    archive: HourlyArchive, options: HourlyOptions, times: TimeArray, values: FloatArray, *, streams: Streams
) -> Disaggregation:
    """Sub-daily values of a realisation.

    Parameters
    ----------
    archive : HourlyArchive
        That of the model.
    options : HourlyOptions
    times : array of datetime64, shape (T,)
        Its days.
    values : array, shape (S, K, T)
        Its physical values.
    streams : Streams
        Those that the realisation was drawn from; hours have a stream of their own, so that they move no daily value.

    Returns
    -------
    Disaggregation
    """
    return disaggregate(archive, times, values, rng=streams.generator(HOURS), window=options.window)


def hourly_times(times: TimeArray, options: HourlyOptions) -> TimeArray:
    """Beginnings of the steps of days `times`, shape (T n,)."""
    return step_times(times, options.steps_per_day)


def _checked_window(window: object) -> int:
    if isinstance(window, bool) or not isinstance(window, (int, np.integer)) or not 0 <= window < N_DOYS // 2:
        raise ScenarioError(f"window of disaggregate is {window!r}, but a number of days from 0 to {N_DOYS // 2 - 1} is needed.")
    return int(window)
