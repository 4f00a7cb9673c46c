"""Ensembles: member i is the same bits whatever the size, order and way out; derived scenarios; progress."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg.errors import ScenarioError, SeedError, StoreError
from weathercop import Multisite


def test_a_longer_ensemble_begins_with_the_same_members(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]
) -> None:
    longer = example_wc.simulate_ensemble(9, seed=7, n_workers=2, **days)
    assert np.array_equal(longer.values[:6], reference)


def test_without_a_seed_member_i_has_the_seed_i(example_wc: Multisite, days: dict[str, Any]) -> None:
    ensemble = example_wc.simulate_ensemble(2, **days)
    alone = example_wc.simulate(rng=np.random.SeedSequence(1), **days)
    assert np.array_equal(ensemble.values[1], alone.sim_sea.values)


@pytest.mark.parametrize("seed", [2**127 + 5, [1, 2, 3], np.random.SeedSequence(5, spawn_key=(4,))])
def test_seeds_of_all_kinds_address_members(
    example_wc: Multisite, seed: int | list[int] | np.random.SeedSequence, tmp_path: Path, days: dict[str, Any]
) -> None:
    ensemble = example_wc.simulate_ensemble(2, seed=seed, out_dir=tmp_path, **days)
    alone = example_wc.simulate(rng=weathercop.realization_rng(1, seed=seed), **days)
    assert np.array_equal(ensemble.values[1], alone.sim_sea.values)


def test_a_seed_that_no_file_could_record_is_refused(example_wc: Multisite, days: dict[str, Any]) -> None:
    with pytest.raises(SeedError, match="pool_size 8"):
        example_wc.simulate_ensemble(1, seed=np.random.SeedSequence(5, pool_size=8), **days)


def test_different_seeds_share_no_member(example_wc: Multisite, days: dict[str, Any]) -> None:
    one, other = (example_wc.simulate_ensemble(4, seed=seed, **days).values[:, :, 0] for seed in (1, 2))
    assert not np.intersect1d(one, other).size


def test_hash_randomisation_does_not_matter(model_file: Path, reference: np.ndarray) -> None:
    code = textwrap.dedent(
        """
        import sys, numpy as np, weathercop
        days = np.datetime64("2001-01-01") + np.arange(500)
        result = weathercop.simulate(weathercop.load_model(sys.argv[1]), days, rng=weathercop.realization_rng(2, seed=7))
        sys.stdout.buffer.write(result.sim_sea.values.tobytes())
        """
    )
    for hash_seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", code, str(model_file)]
        values = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
        assert values == reference[2].tobytes()


@pytest.mark.parametrize("n_members", [0, -1, 2.0, True, "3", 10**30])
def test_the_number_of_members_is_positive(example_wc: Multisite, n_members: float | bool | str) -> None:
    with pytest.raises(StoreError, match="number of members"):
        example_wc.simulate_ensemble(n_members, seed=1)  # type: ignore[arg-type]


def test_members_one_by_one(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]) -> None:
    members = list(example_wc.iter_members(6, seed=7, n_workers=2, **days))
    assert [int(member.realization) for member in members] == list(range(6))
    assert all(np.array_equal(member.values, expected) for member, expected in zip(members, reference, strict=True))
    assert members[3].attrs["spawn_key"] == "3"
    assert members[3].units.sel(variable="R") == "mm"


def test_a_consumer_that_takes_its_time_is_not_overrun(
    example_wc: Multisite, days: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks beyond those taken never exceed eight per worker."""
    started = itertools.count()
    realize_together = weathercop._simulation.realize_together

    def counted(*arguments: Any, **keywords: Any) -> list[Any]:
        next(started)
        return realize_together(*arguments, **keywords)

    monkeypatch.setattr("weathercop._simulation.realize_together", counted)
    monkeypatch.setattr("varwg.ensembles._tasks.members_per_task", lambda *_: 1)
    members = example_wc.iter_members(50, seed=7, n_workers=2, **days)
    for _ in range(3):
        next(members)
    members.close()
    assert next(started) <= 3 + 16


def test_wrong_options_are_refused_before_the_first_member_is_asked_for(example_wc: Multisite, days: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="n_workers is 0"):
        example_wc.iter_members(2, seed=1, n_workers=0, **days)


def test_a_derived_scenario_differs_by_the_scenario_alone(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    source = example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path / "source", **days)
    warmer = example_wc.simulate_ensemble(3, phases_from=tmp_path / "source", theta_incr=2.0, out_dir=tmp_path / "warmer")
    difference = (warmer - source).sel(variable="theta").values
    assert np.allclose(difference, 2.0, atol=1e-9)
    assert json.loads(warmer.attrs["phases_from"])["first_day"] == "2001-01-01"
    with xr.open_dataset(tmp_path / "warmer" / "real_0000.nc") as member:
        assert "theta_incr" in json.loads(member.attrs["phases_from"])["scenario"]
    assert '"phases_from"' in (tmp_path / "warmer" / "manifest.json").read_text()


@pytest.mark.parametrize("seed", [None, 7, [2**100, 3], np.random.SeedSequence(5, spawn_key=(4, 2))])
def test_a_neutral_derived_scenario_is_its_source(example_wc: Multisite, days: dict[str, Any], seed: Any, tmp_path: Path) -> None:
    source = example_wc.simulate_ensemble(3, seed=seed, out_dir=tmp_path, **days)
    in_memory = example_wc.simulate_ensemble(3, seed=seed, **days)
    for phases_from in (tmp_path, source, in_memory):
        derived = example_wc.simulate_ensemble(2, phases_from=phases_from)
        assert np.array_equal(derived.values, source.values[:2])
        assert np.array_equal(derived.time.values, source.time.values)


def test_a_chain_of_derived_scenarios(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    source = example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path / "a", **days)
    example_wc.simulate_ensemble(2, phases_from=tmp_path / "a", theta_incr=1.0, out_dir=tmp_path / "b")
    back = example_wc.simulate_ensemble(2, phases_from=tmp_path / "b")
    assert np.array_equal(back.values, source.values)


def test_sources_that_do_not_fit_are_refused(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    source = example_wc.simulate_ensemble(2, seed=7, **days)
    with pytest.raises(ScenarioError, match="has 500 days, but 300"):
        example_wc.simulate_ensemble(2, phases_from=source, n_days=300)
    with pytest.raises(ScenarioError, match="no member 2"):
        example_wc.simulate_ensemble(3, phases_from=source)
    with pytest.raises(ScenarioError, match="without model"):
        example_wc.simulate_ensemble(2, phases_from=xr.DataArray(source.values, source.coords, source.dims), **days)
    with pytest.raises(ScenarioError, match="with the model abc"):
        example_wc.simulate_ensemble(2, phases_from=source.assign_attrs(model="abc"))
    with pytest.raises(SeedError, match="seed and phases_from"):
        example_wc.simulate_ensemble(2, seed=7, phases_from=source)
    with pytest.raises(StoreError, match="holds no ensemble"):
        example_wc.simulate_ensemble(2, phases_from=tmp_path)


def test_the_command_derives_a_scenario(
    model_file: Path, reference: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from weathercop._cli import main

    command = ["simulate", str(model_file), "-n", "2"]
    source, warmer = str(tmp_path / "source"), str(tmp_path / "warmer")
    assert main([*command, "-o", source, "--seed", "7", "--start", "2001-01-01", "--days", "500", "--dtype", "float32"]) == 0
    assert main([*command, "-o", warmer, "--phases-from", source, "--theta-incr", "2"]) == 0
    assert "2 members" in capsys.readouterr().out
    difference = weathercop.open_ensemble(warmer).values[:, :, 0] - reference[:2, :, 0]
    assert np.allclose(difference, 2.0, atol=1e-9)
    assert main([*command, "-o", warmer, "--phases-from", source, "--seed", "7"]) == 1
    assert "seed and phases_from" in capsys.readouterr().err


def test_progress_is_told_to_a_callback(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    told = []
    example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **days)
    example_wc.simulate_ensemble(4, seed=7, out_dir=tmp_path, progress=lambda *numbers: told.append(numbers), **days)
    assert told == [(3, 4), (4, 4)]


def test_the_bar_shows_rate_and_remaining_time(
    example_wc: Multisite, days: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    example_wc.simulate_ensemble(3, seed=7, progress=True, **days)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "member/s" in shown or "s/member" in shown
    example_wc.simulate_ensemble(3, seed=7, progress=False, **days)
    assert not capsys.readouterr().err


def test_the_log_says_what_is_done(
    example_wc: Multisite, days: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="varwg"):
        example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **days)
        example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path, **days)
    assert "2 members are already in" in caplog.text
    assert "simulating 1 of 3 members" in caplog.text


@pytest.mark.parametrize("out_dir", ["", 5, "a\0b"])
def test_what_is_no_directory_is_a_sentence(example_wc: Multisite, out_dir: str | int) -> None:
    with pytest.raises(StoreError, match="is not the name of a directory"):
        example_wc.simulate_ensemble(2, seed=1, n_days=30, out_dir=out_dir)  # type: ignore[arg-type]


def test_more_members_than_memory_holds_are_a_sentence(example_wc: Multisite) -> None:
    with pytest.raises(StoreError, match="no room in memory: give out_dir"):
        example_wc.simulate_ensemble(10**14, seed=1, n_days=30, progress=False)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"theta_incr": {"rh": 1.0}},
            "theta_incr names rh, but the stations of .* need their names in primary_var",
        ),
        ({"var_factor": {"theta": 2.0}}, "numbers without names are needed"),
        ({"rain_factor": 1e-9}, r"not one factor from 0\.01 to 10"),
    ],
)
def test_messages_on_names_and_factors_lead_the_right_way(example_wc: Multisite, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        example_wc.simulate_ensemble(2, seed=1, n_days=30, progress=False, **keywords)
