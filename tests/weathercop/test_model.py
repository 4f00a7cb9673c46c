"""The fitted model: immutable, saved without pickle, the same bits after loading."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import varwg
import weathercop
from varwg.errors import FitError, ModelFileError, ScenarioError
from weathercop import Multisite, MultisiteModel


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """All arrays anywhere inside a frozen dataclass."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from arrays_in(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_in(getattr(value, field.name))


def test_nothing_in_a_model_can_be_changed(example_model: MultisiteModel) -> None:
    arrays = list(arrays_in(example_model))
    assert len(arrays) > 20
    assert not any(array.flags.writeable for array in arrays)
    with pytest.raises(dataclasses.FrozenInstanceError):
        example_model.primary = 1  # type: ignore[misc]


def test_simulating_leaves_the_model_as_it_was(example_wc: Multisite) -> None:
    before, attributes = example_wc.model.fingerprint(), dict(vars(example_wc))
    example_wc.simulate(rng=np.random.default_rng(1), theta_incr=1.0)
    example_wc.simulate_ensemble(3, seed=1, n_workers=2)
    assert example_wc.model.fingerprint() == before
    assert all(vars(example_wc)[name] is value for name, value in attributes.items())


def test_saved_and_loaded_it_simulates_the_same_bits(example_model: MultisiteModel, tmp_path: Path) -> None:
    example_model.save(tmp_path / "model.nc")
    loaded = weathercop.load_model(tmp_path / "model.nc")
    assert loaded.fingerprint() == example_model.fingerprint()
    first, second = (weathercop.simulate(m, rng=np.random.default_rng(3)) for m in (example_model, loaded))
    xr.testing.assert_identical(first.sim_sea, second.sim_sea)
    assert [path.name for path in tmp_path.iterdir()] == ["model.nc"]


def test_it_survives_pickling_for_process_pools(example_model: MultisiteModel) -> None:
    assert pickle.loads(pickle.dumps(example_model)).fingerprint() == example_model.fingerprint()


def test_a_changed_file_is_refused(example_model: MultisiteModel, tmp_path: Path) -> None:
    path = tmp_path / "model.nc"
    example_model.save(path)
    with xr.open_dataset(path, decode_cf=False) as dataset:
        changed = dataset.load()
    name = max(changed.data_vars, key=lambda name: changed[name].size)
    changed[name].values[0] += 1e-9
    changed.to_netcdf(path)
    with pytest.raises(ModelFileError, match="damaged"):
        weathercop.load_model(path)


def test_truncated_foreign_newer_and_missing_files_are_refused(example_model: MultisiteModel, tmp_path: Path) -> None:
    path = tmp_path / "model.nc"
    example_model.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match=r"cannot be read|damaged"):
        weathercop.load_model(path)
    weathercop.example_dataset().to_netcdf(path)
    with pytest.raises(ModelFileError, match="not a model file"):
        weathercop.load_model(path)
    xr.Dataset(attrs={"format": "varwg-weathercop model", "format_version": 99}).to_netcdf(path)
    with pytest.raises(ModelFileError, match="format 99"):
        weathercop.load_model(path)
    with pytest.raises(ModelFileError, match="no model file"):
        weathercop.load_model(tmp_path / "none.nc")


def test_the_fit_repeats_with_an_equal_generator_and_not_with_another() -> None:
    small = weathercop.example_dataset()[["theta", "R"]].isel(station=slice(0, 2), time=slice(0, 1500))
    first, again, other = (Multisite(small).fit(rng=np.random.default_rng(seed)).model.fingerprint() for seed in (1, 1, 2))
    assert first == again != other


def test_before_fit_there_is_no_model() -> None:
    with pytest.raises(FitError, match="call fit"):
        Multisite(weathercop.example_dataset()).simulate(rng=1)


def test_the_primary_variable_must_be_there() -> None:
    with pytest.raises(ScenarioError, match="'humidity', but the observations have theta"):
        Multisite(weathercop.example_dataset(), primary_var="humidity")


def test_it_can_be_read(example_model: MultisiteModel) -> None:
    text = str(example_model)
    assert "3 stations" in text and "primary theta" in text
    assert "tau" in text


@pytest.mark.parametrize("name", ["", "x" * 300 + ".nc", "no/such/directory/model.nc"])
def test_where_no_file_can_be_written(
    example_model: MultisiteModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelFileError, match="cannot be written"):
        example_model.save(name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("format_version", "new"), ("structure", None), ("structure", "[]"), ("sha256", None)],
)
def test_a_file_with_odd_attributes_is_refused(
    example_model: MultisiteModel, tmp_path: Path, attribute: str, value: str | None
) -> None:
    example_model.save(tmp_path / "model.nc")
    with xr.open_dataset(tmp_path / "model.nc", decode_cf=False) as dataset:
        changed = dataset.load()
    changed.attrs.pop(attribute)
    if value is not None:
        changed.attrs[attribute] = value
    changed.to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ModelFileError):
        weathercop.load_model(tmp_path / "other.nc")


@pytest.mark.parametrize(
    ("attribute", "value"), [("dtype", "O"), ("dtype", "nonsense"), ("shape", "7 x"), ("shape", "123456789 9")]
)
def test_a_file_with_odd_arrays_is_refused(example_model: MultisiteModel, tmp_path: Path, attribute: str, value: str) -> None:
    example_model.save(tmp_path / "model.nc")
    with xr.open_dataset(tmp_path / "model.nc", decode_cf=False) as dataset:
        changed = dataset.load()
    next(iter(changed.data_vars.values())).attrs[attribute] = value
    changed.to_netcdf(tmp_path / "other.nc")
    with pytest.raises(ModelFileError, match="damaged"):
        weathercop.load_model(tmp_path / "other.nc")


def test_an_empty_name_is_no_primary_variable(example_wc: Multisite) -> None:
    with pytest.raises(ScenarioError, match="primary_var is ''"):
        Multisite(example_wc.observations, primary_var="")


def test_a_model_describes_itself_in_forty_lines(example_wc: Multisite) -> None:
    """Also one of many stations and variables, and one of a single site."""
    text = repr(example_wc.model)
    assert len(text.splitlines()) <= 40
    assert text.startswith("MultisiteModel of 3 stations (BERN, ")
    assert "theta" in text
    assert "CVine, one for each station, in the order theta" in text
    assert example_wc.model._repr_html_().startswith("<pre>MultisiteModel")
    model = example_wc.model
    many = dataclasses.replace(
        model,
        sites=tuple(dataclasses.replace(model.sites[0], name=f"S{number}") for number in range(60)),
        variables=tuple(dataclasses.replace(model.variables[0], name=f"v{number}") for number in range(50)),
        marginals=((model.marginals[0][0],) * 50,) * 60,
    )
    assert len(repr(many).splitlines()) <= 40
    assert "... and 53 more" in repr(many)
    site = varwg.VarWG(weathercop.example_dataset().isel(station=[0])).fit(rng=1).model
    assert "memory: VARModel of order" in repr(site)
    assert len(repr(site).splitlines()) <= 40


@pytest.mark.parametrize("method", ["simulate", "simulate_ensemble", "fit"])
def test_a_misspelt_keyword_is_answered_with_the_nearest(example_wc: Multisite, method: str) -> None:
    near = {"simulate": "theta_inc", "simulate_ensemble": "theta_inc", "fit": "harmonic"}[method]
    with pytest.raises(TypeError, match=rf"unknown option '{near}'; did you mean '{near}\w+'\? valid: "):
        getattr(example_wc, method)(**{near: 2})


def values_below(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A value and all frozen ones that it is made of, by their names; one of each sequence."""
    yield name, value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from values_below(getattr(value, field.name), f"{name}.{field.name}")
    elif isinstance(value, (tuple, list)) and value:
        yield from values_below(value[0], f"{name}[0]")


def test_what_a_model_is_made_of_is_shown_in_a_few_lines(example_wc: weathercop.Multisite) -> None:
    """What somebody looks into in a notebook is a text and not its arrays."""
    simulated = example_wc.simulate(rng=1, n_days=400)
    tops = {
        "observations": example_wc.observations,
        "model": example_wc.model,
        "site": varwg.VarWG(weathercop.example_dataset().isel(station=[0])).fit(rng=1).model,
        "result": simulated,
        "scenario": varwg.Scenario.of(example_wc.stations, theta_incr=2.0),
        "request": varwg.Request(times=simulated.times, theta_incr=2.0),
        "thresholds": weathercop.heatwaves.HeatThresholds.of(example_wc.observations.to_dataset()),
    }
    shown = {
        name: repr(value) for top, of in tops.items() for name, value in values_below(of, top) if dataclasses.is_dataclass(value)
    }
    assert len(shown) > 20
    too_long = {
        name: (text.count("\n") + 1, len(text)) for name, text in shown.items() if text.count("\n") >= 40 or len(text) > 4000
    }
    assert too_long == {}
    assert "BERN: 46.99 N, 7.46 E, 553 m" in shown["observations"]
    assert "location=<float64 366>" in shown["model.marginals[0][0]"]
    assert "CVine of theta" in shown["model.vine.vines[0]"]
