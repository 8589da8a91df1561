"""Where things are in this repository, and what of it is under version control."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {name: ROOT / "packages" / name / "src" / name for name in ("docket", "paramdeps")}


@cache
def tracked_files() -> tuple[Path, ...]:
    """The files that are tracked, or would be with the next commit of everything."""
    return tuple(
        ROOT / name for name in listed("--cached", "--others", "--exclude-standard") if (ROOT / name).is_file()
    )


def listed(*arguments: str) -> list[str]:
    """What `git ls-files` lists; skips the test where this is no checkout."""
    # A checkout that belongs to another user, as in a container, is still this one.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", *arguments]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    return listing.stdout.split("\0")[:-1]


def package_modules(package: str = "*") -> list[Path]:
    """The Python files of a package, or of all."""
    return sorted(ROOT.glob(f"packages/{package}/src/**/*.py"))


def shown(path: Path) -> str:
    """A path as people write it: from the root."""
    return path.relative_to(ROOT).as_posix()
