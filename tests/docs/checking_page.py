"""The page on having one's own tasks checked, whose claims are tested for linters and for type checkers."""

import re

from tests.repository import ROOT

PAGE = (ROOT / "docs" / "how-to" / "check-your-own-tasks.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
