"""Scenarios from the keywords of a method: one for each primary variable, and several of the same primary added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from varwg.errors import ScenarioError
from varwg.scenarios._scenario import Scenario

#: Terms that a scenario has one of, whatever its primaries.
_COMMON: Final = ("rain_factor", "changes", "fixed_variables")


def scenarios_of(stations: tuple[str, ...], primaries: Sequence[str], terms: Mapping[str, Any]) -> tuple[Scenario, ...]:
    """One scenario for each primary variable; an empty name stands for the default.

    Parameters
    ----------
    stations : tuple of str
        Names of the stations.
    primaries : sequence of str
        The primary variables, or ("",).
    terms : mapping of str to value
        Keywords of `Scenario.of`. For several primaries a term is a mapping from their names or a sequence with one entry
        for each, while one is the primary's own whatever it is; `rain_factor`, `changes` and `fixed_variables` are for
        none in particular.

    Raises
    ------
    ScenarioError
        If a term does not say what it is for each primary, or cannot be used.
    """
    common = {name: terms[name] for name in _COMMON if name in terms}
    own = {name: value for name, value in terms.items() if name not in _COMMON}
    return tuple(
        Scenario.from_terms(
            stations, {"primary_var": primary, **_terms_of(primary, primaries, own), **(common if number == 0 else {})}
        )
        for number, primary in enumerate(primaries)
    )


def scenario_values(scenario: Any) -> tuple[Scenario, ...]:
    """One scenario or several of them, as a tuple.

    Raises
    ------
    ScenarioError
        If something else is among them.
    """
    listed = (scenario,) if isinstance(scenario, (Scenario, str)) or not isinstance(scenario, Iterable) else tuple(scenario)
    for item in listed:
        if not isinstance(item, Scenario):
            raise ScenarioError(f"scenario is {item!r}, but a varwg.Scenario, or several, is expected: make one by Scenario.of.")
    return listed


def combined(scenarios: Sequence[Scenario], default_primary: str) -> tuple[Scenario, ...]:
    """Scenarios with different primaries: those with the same are added; one that moves and names none has the default."""
    together: dict[str, Scenario] = {}
    for scenario in scenarios:
        nameless = scenario.moves_scores and not scenario.primary_var
        named = replace(scenario, primary_var=default_primary) if nameless else scenario
        before = together.get(named.primary_var)
        together[named.primary_var] = named if before is None else before + named
    return tuple(together.values())


def without_default(scenario: Scenario, default_primary: str) -> Scenario:
    """The scenario without the name of its primary where that goes without saying; one that holds a variable has to say so."""
    return replace(scenario, primary_var="") if scenario.moves_scores and scenario.primary_var == default_primary else scenario


def as_json(scenarios: Sequence[Scenario], stations: tuple[str, ...]) -> str:
    """Canonical text, equal for equal scenarios: that of `Scenario.to_json`, or a list of such where there are several."""
    texts = [scenario.to_json() for scenario in scenarios or [Scenario.from_terms(stations, {})]]
    return texts[0] if len(texts) == 1 else json.dumps([json.loads(text) for text in texts], sort_keys=True)


def _terms_of(primary: str, primaries: Sequence[str], terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of one of the primaries, without those that it has not."""
    chosen = {}
    for name, value in terms.items():
        if len(primaries) == 1 and not (isinstance(value, Mapping) and set(value) & set(primaries)):
            chosen[name] = value
        elif isinstance(value, Mapping):
            strangers = [str(key) for key in value if key not in primaries]
            if strangers:
                raise ScenarioError(f"{name} names {strangers[0]}, but the primary variables are {', '.join(primaries)}.")
            if primary in value:
                chosen[name] = value[primary]
        elif isinstance(value, (Sequence, np.ndarray)) and len(value) == len(primaries):
            chosen[name] = value[list(primaries).index(primary)]
        else:
            raise ScenarioError(
                f"{name} has to say what it is for each of the primary variables {', '.join(primaries)}: give a mapping "
                "from their names, or as many entries."
            )
    return chosen
