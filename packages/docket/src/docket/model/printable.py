"""Text from anywhere, as a line that a person can read and a terminal can be shown."""


def printable(text: str) -> str:
    """A text in one line: what could end it, move the cursor or not be encoded is written as Python escapes it."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
