"""The benchmark of threads: members of any number of workers are the same bits, and a model of repeated stations simulates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "benchmarks" / "threads.py"
SMALL = ["--stations", "4", "--variables", "2", "--years", "0.5", "--members", "6", "--workers", "1", "2", "--repeat", "1"]


def test_bits_of_any_number_of_threads_in_memory_and_in_files_are_the_same() -> None:
    for where in ([], ["--files"]):
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *SMALL, "--kinds", "threads", *where], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        head, _, *rows = done.stdout.splitlines()
        assert "6 members of 4 stations x 2 variables x 183 days" in head
        assert [row.split()[:2] for row in rows] == [["threads", "1"], ["threads", "2"]]
        assert all(row.split()[-1] == "same" for row in rows)
