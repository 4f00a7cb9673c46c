"""Every writer of files is killed, or has no room, a few times; `tools/kill_writers.py` does so as often as one likes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

if os.name != "posix":
    pytest.skip("needs fork and kill", allow_module_level=True)

from kill_writers import WRITERS, Source, faults


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return Source.small(tmp_path_factory.mktemp("kills"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRITERS)
def test_killed_at_any_moment(name: str, source: Source) -> None:
    """What is under a name is whole after each kill, and nothing stays behind after one run to the end."""
    assert list(faults(name, source, 1 if name == "report" else 4, rng=np.random.default_rng(3))) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk(name: str, source: Source) -> None:
    """What has no room ends in an error of the packages and not in a crash, and leaves no half file."""
    assert list(faults(name, source, 1 if name == "report" else 4, rng=np.random.default_rng(3), full=True)) == []


def test_a_writer_that_writes_under_the_final_name_is_noticed(source: Source) -> None:
    """The file is unfinished for most of the run: that none of ten moments finds it so has a chance below 1e-6."""

    def careless(_: Source, folder: Path) -> None:
        with (folder / "a.csv").open("w", encoding="utf-8") as file:
            for line in range(100):
                file.write(f"{line}\n")
                file.flush()
                time.sleep(0.003)

    told = list(faults("careless", source, 10, rng=np.random.default_rng(3), writers={"careless": careless}))
    assert any("neither what it was" in sentence for sentence in told)
