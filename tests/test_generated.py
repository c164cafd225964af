"""What README, intro and cover say is what the archive says."""

import sys
from pathlib import Path

from daleslaw_lib import results

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import generated  # noqa: E402


def test_tables_and_cover_come_from_the_archive():
    assert generated.outdated() == []


def test_an_edited_table_is_noticed():
    text = (ROOT / "README.md").read_text("utf-8")
    number = results.load("one_layer_mnist").runs.test_error.max()
    assert "| RNN | both |" in text
    edited = text.replace("| RNN | both |", f"| RNN | both | {number} |", 1)
    assert generated.with_tables(edited) == text


def test_every_archived_experiment_has_its_table():
    table = generated.reproduced()
    assert table.count("paper (%)") == 1
    assert all(name in table for name in ("RNN", "ColEI", "DANN"))
