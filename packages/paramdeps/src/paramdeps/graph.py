"""What a function depends on, as a graph."""

from collections.abc import Callable
from typing import Any

from ._plan import plan
from ._signatures import name_of

_SHAPES = {"value": ("([", "])"), "resource": ("[", "]"), "dependency": ("{{", "}}")}


def mermaid(function: Callable[..., Any], /) -> str:
    """A graph of what a function depends on, in the language of Mermaid, which many Markdown viewers render.

    Arrows lead from what is needed to what needs it. Values have round ends, resources, which are cleaned up, are
    rectangles, and instances of `Dependency` hexagons; what is shared by an application is in a box of its own.

    Parameters:
        function: any callable.

    Raises:
        DeclarationError: its dependencies cannot work.
    """
    planned = plan(function)
    steps = planned.steps
    nodes = [_node(f"step{index}", step.name, _SHAPES[step.form]) for index, step in enumerate(steps)]
    shared = [index for index, step in enumerate(steps) if step.scope == "app"]
    lines = ["flowchart LR", "    " + _node("called", f"{name_of(function)}()", ("[[", "]]"))]
    if shared:
        lines += ["    subgraph app", *(f"        {nodes[index]}" for index in shared), "    end"]
    lines += [f"    {node}" for index, node in enumerate(nodes) if index not in shared]
    lines += [f"    step{need} --> step{index}" for index, step in enumerate(steps) for need in step.needs]
    lines += [f"    step{index} -- {_text(name)} --> called" for name, index in planned.supplied.items()]
    return "\n".join(lines) + "\n"


def _node(key: str, name: str, shape: tuple[str, str]) -> str:
    return f"{key}{shape[0]}{_text(name)}{shape[1]}"


def _text(name: str) -> str:
    """A name that cannot be mistaken for a part of the graph, such as `<lambda>`."""
    escaped = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return f'"{escaped}"'
