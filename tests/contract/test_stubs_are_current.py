"""libs/protos is what `make proto` makes of proto/, and the contracts break nothing that was released."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STUBS = ROOT / "libs/protos/src"


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py*") if path.suffix in (".py", ".pyi")}


def test_the_stubs_are_current(tmp_path: Path):
    environment = {**os.environ, "OUT": str(tmp_path), "PYTHON": sys.executable}
    made = subprocess.run(["scripts/make_protos.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    assert texts(STUBS / "articket") == texts(tmp_path / "articket"), "run `make proto`"


def test_a_contract_that_was_released_is_not_broken(tmp_path: Path):
    buf = Path(sys.executable).with_name("buf")
    checked = subprocess.run(
        [str(buf), "breaking", "--against", "proto/released.binpb"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout
