"""`python -m docket` is the command `docket`."""

from .cli import app

if __name__ == "__main__":
    app(prog_name="docket")
