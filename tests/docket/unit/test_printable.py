"""Text from anywhere, in one line."""

import pytest

from docket.model.printable import printable


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("as it is: é, ✓ and 'quotes' \\", "as it is: é, ✓ and 'quotes' \\"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("lone \ud800", "lone \\ud800"),
        ("\u2028\u202e", "\\u2028\\u202e"),
    ],
)
def test_what_cannot_be_shown_is_escaped(text: str, line: str) -> None:
    """And the rest is left as it is."""
    assert printable(text) == line
    printable(text).encode()
