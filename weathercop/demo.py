"""The demonstration: the bundled example fitted, simulated, compared and reported, with all files in one directory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from varwg.io.atomic import replacing
from varwg.observations import read_observations
from weathercop.example import example_dataset
from weathercop.multisite import Multisite
from weathercop.report import Sources, write_report
from weathercop.report_pictures import available
from weathercop.summary import comparison_table

#: Fewer members have no range to compare with.
_MIN_MEMBERS: Final = 2


def demo(directory: Path, *, n_members: int, seed: int) -> Iterator[str]:
    """Do everything once with the example data, and say what was done, line by line.

    Parameters
    ----------
    directory : Path
        Gets the observations, the model, the members and the report.
    n_members : int
        Number of members.
    seed : int
        Seed of the fit and of the ensemble.

    Raises
    ------
    StoreError
        If the directory cannot be written, or holds another ensemble.
    """
    example = example_dataset()
    observations = read_observations(example)
    began = time.perf_counter()
    wc = Multisite(observations).fit(rng=seed)
    n_days = observations.times.size
    yield (
        f"Fitted the example ({len(observations.stations)} stations x {len(observations.names)} variables, {n_days} days) "
        f"in {time.perf_counter() - began:.1f} s."
    )
    began = time.perf_counter()
    ensemble = wc.simulate_ensemble(n_members, seed=seed, out_dir=directory)
    yield f"{n_members} members of {n_days} days in {directory} after {time.perf_counter() - began:.1f} s."
    names = Sources(str(directory / "observations.nc"), str(directory / "model.nc"), str(directory))
    with replacing(Path(names.observations)) as temporary:
        example.to_netcdf(temporary)
    wc.model.save(names.model)
    yield "\nObserved against simulated (mean over the members; the example's observations are synthetic themselves):\n"
    yield comparison_table(observations, (ensemble.sel(realization=i) for i in ensemble.realization.values))
    yield ""
    if n_members < _MIN_MEMBERS:
        yield "A report needs at least two members: run the demo with more."
        return
    yield "Grading some thirty statistics and drawing the report ..."
    report = directory / "report.html"
    write_report(report, ensemble, observations, model=wc.model, sources=names)
    pictures = "" if available() else ", without pictures because matplotlib is not installed"
    yield f"Report: {report} (open it in a browser{pictures})"
    yield f"Next:   weathercop info {directory}"
    yield f"        weathercop reproduce {directory / 'real_0001.nc'} --model {names.model}"
    yield "        weathercop fit YOUR_OBSERVATIONS.nc -o model.nc --seed 1"
