"""The variable table: what is known of each variable, and which one scenarios act on."""

from __future__ import annotations

from typing import Any

import pytest

from varwg import VARIABLES, Variable
from varwg._variables import default_primary


def test_names_are_given_once_and_bounds_agree() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(set(names)) == len(names)
    for variable in VARIABLES:
        assert variable.possible_min <= max(variable.lower, variable.possible_min) < variable.possible_max, variable.name


@pytest.mark.parametrize(
    ("names", "expected"),
    [(("R", "theta_max", "theta"), "theta"), (("R", "theta_max", "theta_min"), "theta_max"), (("R", "U"), "R")],
)
def test_scenarios_act_on_the_temperature_where_there_is_one(names: tuple[Any, ...], expected: str) -> None:
    table = {variable.name: variable for variable in VARIABLES}
    assert names[default_primary([table[name] for name in names])] == expected


def test_a_temperature_by_another_name_is_one() -> None:
    assert default_primary([Variable("flow", "m3 s-1"), Variable("tas", "degC", standard_name="air_temperature")]) == 1
