"""Files that somebody else has written in."""

from hypothesis import strategies as st


@st.composite
def spoilt(draw, content: bytes) -> bytes:
    """Some bytes overwritten, put in or taken out at one place; or other bytes altogether."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=40))
    at, much = draw(st.integers(0, len(content))), draw(st.integers(0, 40))
    return content[:at] + draw(st.binary(max_size=8)) + content[at + much :]
