"""Pyright refuses this import from an installed library; from this workspace's own sources it is accepted."""

from typing import assert_type

from docket import *

assert_type(__version__, str)
