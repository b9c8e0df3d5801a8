"""docs/settings.md is what scripts/make_settings_doc.py makes of the classes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_current():
    made = subprocess.run(
        [sys.executable, "scripts/make_settings_doc.py", "--check"], cwd=ROOT, capture_output=True, timeout=30
    )
    assert made.returncode == 0, f"run scripts/make_settings_doc.py\n{made.stderr.decode()}"
