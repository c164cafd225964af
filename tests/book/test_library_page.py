"""The library reference lists every module, once."""

import re

from helpers import ROOT


def test_every_module_is_in_the_library_reference_once():
    page = (ROOT / "appendix" / "library.md").read_text("utf-8")
    listed = re.findall(r"automodule:: daleslaw_lib\.([\w.]+)", page)
    package = ROOT / "daleslaw_lib"
    modules = {
        ".".join(file.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for file in package.rglob("*.py")
        if file.stem != "__main__" and file.parent / file.stem != package / "__init__"
    }
    assert sorted(listed) == sorted(modules)
