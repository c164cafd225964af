"""Keys of a control are its own: in JupyterLab and Notebook 7 "d d" would delete the cell that it is in."""

from __future__ import annotations

try:
    import anywidget
except ImportError:  # controls work without; shortcuts then do, too
    anywidget = None

# Shortcuts are for whatever `:focus` is, so each control must refuse them itself, once it has the focus.
SCRIPT = """
function render({ el }) {
  const refuse = ({ target }) => {
    const inside = el.closest(".widget-box")?.contains(target);
    if (inside) target.setAttribute("data-lm-suppress-shortcuts", "true");
  };
  document.addEventListener("focusin", refuse);
  return () => document.removeEventListener("focusin", refuse);
}
export default { render };
"""


def guards() -> list:
    """What a box of controls needs, so that their keys are their own: a widget; nothing without anywidget."""
    return [] if anywidget is None else [anywidget.AnyWidget(_esm=SCRIPT, layout={"display": "none"})]
