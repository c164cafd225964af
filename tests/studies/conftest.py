"""What the figures of all studies hand to a page."""

import pytest


@pytest.fixture
def shown(monkeypatch):
    """The bundles that figures with a script of their own display, as they come."""
    from daleslaw_lib.widgets import page

    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles
