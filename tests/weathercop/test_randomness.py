"""The randomness contract on fitted models: stages do not disturb each other, and old programs stay reproducible."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import weathercop
from varwg.streams import Streams
from weathercop import Multisite
from weathercop._latent import LatentSpectrum


def test_a_draw_added_to_one_stage_moves_no_other_in_a_simulation(example_wc: Multisite, monkeypatch: pytest.MonkeyPatch) -> None:
    before = example_wc.simulate(rng=np.random.default_rng(2)).sim_sea.values
    draw_phases = LatentSpectrum.draw_phases

    def thirstier(self: LatentSpectrum, n_days: int, *, rng: np.random.Generator) -> np.ndarray:
        phases = draw_phases(self, n_days, rng=rng)
        rng.random(1000)
        return phases

    monkeypatch.setattr(LatentSpectrum, "draw_phases", thirstier)
    assert np.array_equal(example_wc.simulate(rng=np.random.default_rng(2)).sim_sea.values, before)


def test_a_subset_in_any_order_is_the_same_members(example_wc: Multisite) -> None:
    from varwg import Request
    from varwg.ensembles._tasks import simulate_members
    from weathercop._plan import Plan

    plan = Plan.of(example_wc.model, Request(n_days=400))
    chosen = dict(simulate_members(example_wc.model, plan, [4, 1], seed=7, n_workers=2))
    assert set(chosen) == {1, 4}
    for member, (values, *_) in chosen.items():
        alone = example_wc.simulate(rng=weathercop.realization_rng(member, seed=7), n_days=400)
        assert np.array_equal(values, alone.sim_sea.values)


@pytest.mark.parametrize("purposes", [("phases", "rain"), ("phases", "disaggregation"), ("dry days", "rank tables")])
def test_streams_of_different_purposes_are_uncorrelated(purposes: tuple[str, str]) -> None:
    """Correlation of 100 000 pairs, standard error 0.0032: beyond 0.0165 with a probability of 2e-7."""
    streams = Streams.of(weathercop.realization_rng(3, seed=7))
    first, second = (streams.generator(purpose).standard_normal(100_000) for purpose in purposes)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.0165


PROGRAM = """
import sys, warnings
import numpy as np, varwg, weathercop
wc = weathercop.Multisite(weathercop.example_dataset()[["theta", "R"]].isel(station=[0])).fit(rng=1)

def weather():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        values = wc.simulate(n_days=400).sim_sea.values
    return values, [w for w in told if issubclass(w.category, DeprecationWarning)]

fresh, told = weather()
assert not told, told
assert not np.any(weather()[0][:, 0] == fresh[:, 0])

warnings.simplefilter("ignore")
varwg.reseed(42)
first, told = weather()
assert len(told) == 1 and "rng=" in str(told[0].message), told
assert told[0].filename == "<string>", told[0].filename
second, _ = weather()
assert not np.any(first[:, 0] == second[:, 0])
varwg.reseed(42)
assert np.array_equal(weather()[0], first)
assert np.array_equal(weather()[0], second)
given = wc.simulate(rng=np.random.default_rng(42), n_days=400).sim_sea.values
assert np.array_equal(given, first)
state = varwg.get_rng().bit_generator.state
wc.simulate(rng=5, n_days=400)
wc.simulate_ensemble(2, seed=1, n_days=400)
assert varwg.get_rng().bit_generator.state == state
"""


def test_old_programs_stay_reproducible() -> None:
    """In a process of its own, as the deprecated generator is the one thing that remembers."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
