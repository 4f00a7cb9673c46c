"""Derived scenarios: another ensemble as the source of every member's randomness, so that only the scenario differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.random import SeedSequence

from varwg._arrays import TimeArray
from varwg._calendar import daily_times
from varwg._provenance import entropy_from_text, entropy_text
from varwg.errors import ScenarioError
from weathercop._model import MultisiteModel
from weathercop._plan import DAYS, Plan, options_text
from weathercop.ensembles._store import Manifest, member_files

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
        What else its members were made with (`Plan.options_text`).
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

    def check(self, model: str, plan: Plan, n_members: int) -> None:
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
        own, others = (json.loads(text) if text else {} for text in (plan.options_text(), self.options))
        if "conditions" in own or "conditions" in others:
            raise ScenarioError(
                "phases_from and conditions do not go together, because conditions change the phases: simulate the scenario "
                "with the same seed and conditions of its own, or without any."
            )
        if own.get("phases") != others.get("phases"):
            raise ScenarioError(
                f"phases_from drew its phases with {others.get('phases') or 'the defaults'}, but this ensemble would with "
                f"{own.get('phases') or 'the defaults'}: give the same keep_periods, amplitude_width and stretch."
            )
        absent = sorted(set(range(n_members)) - set(self.members))
        if absent:
            raise ScenarioError(f"phases_from has no member {absent[0]}, but {n_members} members are asked for: ask for fewer.")

    def to_json(self) -> str:
        """Canonical text for attributes and manifests; model, seed and length are those of the derived ensemble."""
        content = {"first_day": self.first_day, "scenario": json.loads(self.scenario)}
        options = {"options": json.loads(self.options)} if self.options else {}
        return json.dumps(content | options, sort_keys=True)


def planned(model: MultisiteModel, options: Mapping[str, Any], *, phases_from: PhaseSource | None = None) -> Plan:
    """The plan of an ensemble from the keywords of `PlanOptions`; by default for the days of the source, if there is one."""
    if phases_from is not None and all(options.get(name) is None for name in DAYS):
        options = {**options, "sim_times": Source.of(phases_from).times}
    return Plan.from_options(model, **options)


def seed_text(seed: SeedSequence | None) -> str:
    """Entropy and spawn key of an ensemble's seed as text; empty if member i has the seed i."""
    if seed is None:
        return ""
    return f"{entropy_text(seed)} / {' '.join(map(str, seed.spawn_key))}".rstrip(" /")


def seed_from_text(text: str) -> SeedSequence | None:
    """The inverse of `seed_text`."""
    if not text:
        return None
    entropy, _, spawn_key = text.partition(" / ")
    return SeedSequence(entropy_from_text(entropy), spawn_key=tuple(int(word) for word in spawn_key.split()))
