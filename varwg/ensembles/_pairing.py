"""Derived scenarios: another ensemble as the source of every member's randomness, so that only the scenario differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import xarray as xr
from numpy.random import SeedSequence

from varwg._arrays import TimeArray
from varwg._calendar import daily_times
from varwg._provenance import entropy_text, parsed_json
from varwg._request import Request
from varwg._simulation import WeatherModel, WeatherPlan, engine_of
from varwg.ensembles._store import OPTIONS, Manifest, member_files
from varwg.errors import ScenarioError

#: An ensemble to take the phases from: its directory, or the ensemble as `simulate_ensemble` or `open_ensemble` gave it.
PhaseSource: TypeAlias = str | Path | xr.DataArray


@dataclass(frozen=True, eq=False)
class Source:
    """What a derived ensemble has to know of its source.

    A member's phases, and whatever else it drew, are a function of its seed: with the source's seed they are drawn
    again, bit for bit, and need not be stored.

    Attributes
    ----------
    model, scenario : str
        Fingerprint of the model, and the scenario as JSON.
    seed : str
        Seed of the ensemble as `seed_text` writes it.
    first_day, n_days : str, int
        The simulated days.
    members : tuple of int
        Numbers of its members.
    options : str
        What else its members were made with (see `options_text`).
    """

    model: str
    scenario: str
    seed: str
    first_day: str
    n_days: int
    members: tuple[int, ...]
    options: str = ""

    @classmethod
    def of(cls, phases_from: PhaseSource) -> Source:
        """What a directory or an ensemble says about itself.

        Raises
        ------
        StoreError
            If the directory holds no ensemble.
        ScenarioError
            If an ensemble in memory has lost its attributes.
        """
        if isinstance(phases_from, xr.DataArray):
            return cls._of_array(phases_from)
        folder = Path(phases_from)
        manifest = Manifest.read(folder)
        members = tuple(member_files(folder))
        return cls(
            manifest.model, manifest.scenario, manifest.seed, manifest.first_day, manifest.n_days, members, manifest.options
        )

    @classmethod
    def _of_array(cls, ensemble: xr.DataArray) -> Source:
        missing = [name for name in ("model", "scenario", "seed") if name not in ensemble.attrs]
        if missing or not {"realization", "time"} <= set(ensemble.coords):
            lost = missing or ["realization or time"]
            raise ScenarioError(
                f"phases_from is an array without {lost[0]}, which it may have lost in a computation: pass the ensemble as "
                "it was simulated or opened, or its directory."
            )
        days = ensemble["time"].values
        return cls(
            ensemble.attrs["model"],
            ensemble.attrs["scenario"],
            ensemble.attrs["seed"],
            str(days[0].astype("datetime64[D]")),
            days.size,
            tuple(int(number) for number in np.atleast_1d(ensemble["realization"].values)),
            options_text(ensemble.attrs),
        )

    @property
    def times(self) -> TimeArray:
        """The days of the source."""
        return daily_times(self.first_day, self.n_days)

    def check(self, model: str, plan: WeatherPlan, numbers: range) -> None:
        """Refuse a derived ensemble that would differ from its source by more than the scenario.

        Raises
        ------
        ScenarioError
            If the model, the number of days or the way of drawing phases is another, phases of either are adjusted to
            conditions, or the source has fewer members.
        """
        n_days = plan.times.size
        if self.model != model:
            raise ScenarioError(
                f"phases_from was simulated with the model {self.model[:12]}, but this one is {model[:12]}: pass an "
                "ensemble of the same model."
            )
        if self.n_days != n_days:
            raise ScenarioError(
                f"phases_from has {self.n_days} days, but {n_days} are to be simulated: phases belong to one length, so "
                "simulate as many days as there."
            )
        options, others = (
            parsed_json(text, "the description of the source") if text else {}
            for text in (options_text(plan.attributes()), self.options)
        )
        if "conditions" in options or "conditions" in others:
            raise ScenarioError(
                "phases_from and conditions do not go together, because conditions change the phases: simulate the scenario "
                "with the same seed and conditions of its own, or without any."
            )
        if options.get("phases") != others.get("phases"):
            raise ScenarioError(
                f"phases_from drew its phases with {others.get('phases') or 'the defaults'}, but this ensemble would with "
                f"{options.get('phases') or 'the defaults'}: give the same keep_periods, amplitude_width and stretch."
            )
        absent = sorted(set(numbers) - set(self.members))
        if absent:
            asked = f"{len(numbers)} members" if numbers[0] == 0 else f"the members {numbers[0]} to {numbers[-1]}"
            raise ScenarioError(f"phases_from has no member {absent[0]}, but {asked} are asked for: ask for fewer.")

    def to_json(self) -> str:
        """Canonical text for attributes and manifests; model, seed and length are those of the derived ensemble."""
        content = {"first_day": self.first_day, "scenario": parsed_json(self.scenario, "the scenario of the source")}
        options = {"options": parsed_json(self.options, "the description of the source")} if self.options else {}
        return json.dumps(content | options, sort_keys=True)


def planned(model: WeatherModel, request: Request, *, phases_from: PhaseSource | None = None) -> WeatherPlan:
    """The plan of an ensemble; by default for the days of the source, if there is one."""
    if phases_from is not None and not request.names_days:
        request = request.on_days(Source.of(phases_from).times)
    plan: WeatherPlan = engine_of(model).plan(model, request)
    return plan


def options_text(attributes: Mapping[str, str]) -> str:
    """What attributes of members say besides the scenario, as one canonical text; empty where that is nothing."""
    others = {name: attributes[name] for name in OPTIONS if name in attributes}
    return json.dumps(others, sort_keys=True) if others else ""


def seed_text(seed: SeedSequence | None) -> str:
    """Entropy and spawn key of an ensemble's seed as text; empty if member i has the seed i."""
    if seed is None:
        return ""
    return f"{entropy_text(seed)} / {' '.join(map(str, seed.spawn_key))}".rstrip(" /")
