"""Arguments that cannot be meant: one sentence that names them, from the checks and from the methods that use them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import varwg
from varwg import Observations, VarWG
from varwg._arguments import number_array, switch, whole_number
from varwg._calendar import rows_on
from varwg.errors import DataError, FitError, ScenarioError, VarwgError


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 0, 11, np.float64(3), np.bool_(True)])
def test_what_is_no_whole_number_from_1_to_10(value: Any) -> None:
    with pytest.raises(FitError, match=r"p is .*, which is not a whole number from 1 to 10"):
        whole_number(value, "p", 1, 10, error=FitError)


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    assert whole_number(np.int64(3), "p", 1) == 3 and type(whole_number(np.int64(3), "p", 1)) is int


@pytest.mark.parametrize("value", ["yes", 1, None, 0])
def test_what_is_no_switch(value: str | int | None) -> None:
    with pytest.raises(DataError, match=r"seasonal is .*, but True or False"):
        switch(value, "seasonal")
    assert switch(np.bool_(True), "seasonal") is True


def test_text_is_no_array_of_numbers() -> None:
    with pytest.raises(ScenarioError, match="rphases is a str"):
        number_array("a", "rphases", error=ScenarioError)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"theta_incr": "4"}, "theta_incr is '4', which is not a number"),
        ({"theta_incr": True}, "theta_incr is True, which is not a number"),
        (
            {"theta_incr": 1e6},
            r"theta_incr is 1e.06 degC for theta, which is not a change that a climate has",
        ),
        ({"rain_factor": 1e6}, r"rain_factor is 1000000.0, which is not one factor from 0\.01 to 10"),
        ({"primary_var": 3}, "primary_var is 3"),
        ({"scenario": "warm"}, "scenario is 'warm', but a varwg.Scenario"),
        ({"scenario": [4.0]}, "scenario is 4.0"),
        ({"phase_randomize": "yes"}, "phase_randomize is 'yes'"),
        ({"phase_randomize": True, "rphases": "a"}, "rphases is a str"),
        ({"phase_randomize": True, "keep_periods": (360, 370)}, r"keep_periods is \(360, 370\), but a list of bands"),
        ({"residuals": "x"}, "residuals is a str"),
        ({"fixed_variables": {"theta": "x"}}, "theta in fixed_variables is a str"),
        (
            {"fixed_variables": {"rh": np.full(50, 80.0)}},
            "fixed_variables has 80 for rh, but 0 to 1.05 are possible: give values in shares of 1",
        ),
        ({"fixed_variables": {"theta": pd.Series([1.0], [pd.Timestamp("2001-01-01")])}}, "no value on 2001-01-02"),
    ],
)
def test_what_simulate_refuses(keywords: dict[str, Any], message: str, bern_wg: VarWG) -> None:
    with pytest.raises(VarwgError, match=message) as error:
        bern_wg.simulate(**{"T": 50, "rng": 1, **keywords})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [({"p": "1"}, "p is '1'"), ({"p": 1.5}, "p is 1.5"), ({"p": 0}, "p is 0"), ({"p": 1, "q": -1}, "q is -1"),
     ({"seasonal": "yes"}, "seasonal is 'yes'")],
)  # fmt: skip
def test_what_fit_refuses(keywords: dict[str, Any], message: str, bern_data: xr.Dataset) -> None:
    with pytest.raises(FitError, match=message):
        varwg.VarWG(("theta",), bern_data).fit(rng=1, **keywords)


def test_what_the_other_methods_refuse(bern_wg: VarWG) -> None:
    days = bern_wg.simulate(T=50, rng=1)
    with pytest.raises(DataError, match=r"n_members is 1\.5"):
        bern_wg.predict_ensemble(3, 1.5, rng=1)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="linear_up_to is -3"):
        bern_wg.infill(linear_up_to=-3, rng=1)
    with pytest.raises(FitError, match=r"order is 1\.5"):
        bern_wg.resample(T=10, p=1.5, rng=1)  # type: ignore[arg-type]
    with pytest.raises(FitError, match="window is 1000"):
        bern_wg.resample(T=10, window=1000, rng=1)
    for value in (None, (days.times, days.data)):
        with pytest.raises(DataError, match="a Simulation of days is expected"):
            bern_wg.disaggregate(value, rng=1)  # type: ignore[arg-type]
        with pytest.raises(DataError, match="a Simulation of days is expected"):
            bern_wg.random_dryness(value, spells_per_year=1.0, mean_length=5.0, rng=1)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="there is no file x"):
        bern_wg.disaggregate(days, archive="x", rng=1)


def test_fixed_values_with_a_calendar_are_looked_up(bern_wg: VarWG, bern: Observations) -> None:
    theta = pd.Series(bern.values[0, 0], bern.times)
    made = bern_wg.simulate(T=50, start="2003-05-01", fixed_variables={"theta": theta}, rng=1)
    assert np.array_equal(made.data[0], theta["2003-05-01":"2003-06-19"])


def test_a_series_without_a_calendar_is_taken_as_it_is() -> None:
    times = pd.date_range("2001-01-01", periods=3).to_numpy()
    assert np.array_equal(rows_on(pd.Series([1.0, 2.0]), times, "x"), [[1.0, 2.0]])
    with pytest.raises(DataError, match="x has no days, but values from 2001-01-01 to 2001-01-03"):
        rows_on(pd.Series([], pd.DatetimeIndex([])), times, "x")


def test_messages_have_an_end_and_do_not_control_a_terminal() -> None:
    assert str(DataError("the station 'a\x1b[2Jb' is\nnot there\u202e")) == "the station 'a\\x1b[2Jb' is\nnot there\\u202e"
    said = str(DataError("the cell " + "\x07" * 100_000 + " is no number: correct it."))
    assert len(said) <= 4000 and said.startswith("the cell \\x07\\x07") and said.endswith("\\x07 is no number: correct it.")
    assert str(DataError(said)) == said
