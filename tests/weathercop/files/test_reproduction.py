"""A member from its own attributes: identical, or the first difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from varwg.ensembles import reproduce
from varwg.errors import ReproductionError
from weathercop import Multisite, MultisiteModel
from weathercop._cli import main
from weathercop.conditions import YearlyBounds
from weathercop.heatwaves import HeatThresholds, HeatWaveDefinition, HotterHeatWaves

DAYS: dict[str, Any] = {"start": "2001-01-01", "n_days": 400}


@pytest.fixture
def directory(example_wc: Multisite, tmp_path: Path) -> Path:
    example_wc.simulate_ensemble(2, seed=2**100, theta_incr=[0.5, 1.0, 1.5], out_dir=tmp_path / "out", **DAYS)
    example_wc.model.save(tmp_path / "model.nc")
    return tmp_path


def change(path: Path, edit: Callable[..., Any]) -> None:
    with xr.open_dataset(path) as dataset:
        changed = dataset.load()
    edit(changed)
    changed.to_netcdf(path)


def test_identical(directory: Path, example_model: MultisiteModel) -> None:
    assert reproduce(directory / "out" / "real_0001.nc", example_model).identical


def test_the_first_difference_is_named(directory: Path, example_model: MultisiteModel) -> None:
    def edit(dataset: xr.Dataset) -> None:
        dataset["R"].values[2, 17] += 1e-9

    change(directory / "out" / "real_0001.nc", edit)
    outcome = reproduce(directory / "out" / "real_0001.nc", example_model)
    assert not outcome.identical
    assert f"R at {example_model.stations[2]} on 2001-01-18" in outcome.text
    assert "1 values of R in all, by up to 1e-09" in outcome.text


def test_another_model_is_refused(directory: Path, example_model: MultisiteModel) -> None:
    def edit(dataset: xr.Dataset) -> None:
        dataset.attrs["model"] = "0" * 64

    change(directory / "out" / "real_0001.nc", edit)
    with pytest.raises(ReproductionError, match="made with the model 000000000000"):
        reproduce(directory / "out" / "real_0001.nc", example_model)


def test_what_is_no_member_is_refused(directory: Path, example_model: MultisiteModel) -> None:
    for name in ("model.nc", "none.nc"):
        with pytest.raises(ReproductionError, match="not a member file"):
            reproduce(directory / name, example_model)


def test_phases_of_another_kind_are_drawn_again(example_wc: Multisite, example_model: MultisiteModel, tmp_path: Path) -> None:
    example_wc.simulate_ensemble(
        2, seed=3, out_dir=tmp_path, keep_periods=[(300.0, 500.0)], amplitude_width=3, stretch=2, progress=False, **DAYS
    )
    assert reproduce(tmp_path / "real_0001.nc", example_model).identical


def test_a_derived_scenario_is_reproduced_without_its_source(
    example_wc: Multisite, example_model: MultisiteModel, directory: Path, tmp_path: Path
) -> None:
    example_wc.simulate_ensemble(
        2, phases_from=directory / "out", theta_incr=-1.0, out_dir=tmp_path / "derived", progress=False, **DAYS
    )
    assert reproduce(tmp_path / "derived" / "real_0001.nc", example_model).identical


def test_conditions_have_to_be_passed(example_wc: Multisite, example_model: MultisiteModel, tmp_path: Path) -> None:
    """A file describes them but does not hold them; others than those are refused."""
    conditions = YearlyBounds("theta", lower=-50.0, upper=50.0)
    example_wc.simulate_ensemble(1, seed=3, out_dir=tmp_path, conditions=conditions, progress=False, **DAYS)
    path = tmp_path / "real_0000.nc"
    assert reproduce(path, example_model, conditions=conditions).identical
    for others in (None, YearlyBounds("theta", lower=-50.0, upper=49.0)):
        with pytest.raises(ReproductionError, match="conditions"):
            reproduce(path, example_model, conditions=others)


def test_heat_waves_have_to_be_passed(example_wc: Multisite, example_model: MultisiteModel, tmp_path: Path) -> None:
    thresholds = HeatThresholds.of(example_wc.observations.to_dataset(), HeatWaveDefinition(90.0, nights=False, min_days=3))
    hotter = HotterHeatWaves(thresholds, increment=2.0)
    example_wc.simulate_ensemble(1, seed=3, out_dir=tmp_path, heat_waves=hotter, progress=False, **DAYS)
    path = tmp_path / "real_0000.nc"
    assert reproduce(path, example_model, heat_waves=hotter).identical
    with pytest.raises(ReproductionError, match="heat_waves"):
        reproduce(path, example_model)


def test_the_command(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["reproduce", str(directory / "out" / "real_0000.nc"), "--model", str(directory / "model.nc")]
    assert main(arguments) == 0
    assert "identical" in capsys.readouterr().out
