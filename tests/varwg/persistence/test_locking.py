"""The lock on a directory: exclusive, and gone with its holder."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from varwg._persistence import locked
from varwg.errors import StoreError

HOLDER = """
import sys, time
from pathlib import Path
from varwg._persistence import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    with locked(tmp_path / ".lock"), pytest.raises(StoreError, match="another process"), locked(tmp_path / ".lock"):
        pass
    with locked(tmp_path / ".lock"):
        pass


def test_another_process_is_refused_until_it_is_killed(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path / ".lock")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another process"), locked(tmp_path / ".lock"):
            pass
        holder.kill()
        holder.wait()
    with locked(tmp_path / ".lock"):
        pass


def test_a_missing_directory_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"), locked(tmp_path / "no" / ".lock"):
        pass
