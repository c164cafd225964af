"""What tests share, a module a subject; no test imports another."""

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
SHARED = Path(os.environ.get("DALESLAW_DATA") or ROOT.parent / "shared" / "data")
PYTHONPATH = os.pathsep.join([str(ROOT), str(TESTS)])  # for a process of a test's own
