"""The ways in which the signature of a function can be loosened, whatever it is for."""

import ast
from collections.abc import Iterator

from tests.typing.mutation import Mutant
from tests.typing.sources import Edit, Source

type Function = ast.FunctionDef | ast.AsyncFunctionDef

_WIDER = {
    "str": ["bytes"],
    "int": ["float", "str"],
    "timedelta": ["float"],
    "datetime": ["timedelta", "date", "float"],
    "TaskFunction": ["Callable[..., Any]"],
}
"""What somebody may find as good as each of these."""


def loosened(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    """A mutant for each way."""
    yield from _types_of_parameters(source, node, name)
    yield from _forms_of_parameters(source, node, name)
    yield from _numbers_of_parameters(source, node, name)
    yield from _results(source, node, name)


def _types_of_parameters(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    arguments = node.args
    for parameter in [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs]:
        if parameter is None or parameter.annotation is None or _is_of_a_call(parameter):
            continue
        if ast.unparse(parameter.annotation) not in {"Any", "object"}:
            for taken, edit in _other_types(source, node, parameter.annotation):
                yield source.mutant(f"{name} takes {taken} {parameter.arg}", edit)


def _other_types(source: Source, node: Function, annotation: ast.expr) -> Iterator[tuple[str, Edit]]:
    written, alternatives = ast.unparse(annotation), _alternatives(annotation)
    yield "anything for", source.instead(annotation, "Any")
    wider = [] if _takes_none(node, annotation) else ["None"]
    wider += [each for narrow in alternatives for each in _WIDER.get(narrow, [])]
    for each in wider:
        yield f"{each} for", source.instead(annotation, f"{written} | {each}")
    for alternative in alternatives if len(alternatives) > 1 else ():
        others = " | ".join(each for each in alternatives if each != alternative)
        yield f"no {alternative} for", source.instead(annotation, others)
    for element in _elements(annotation):
        yield f"anything for the {ast.unparse(element)} in", source.instead(element, "Any")


def _takes_none(node: Function, annotation: ast.expr) -> bool:
    """Whether None is taken already, or would be of no use to callers."""
    if _is_optional(annotation) or ast.unparse(annotation) in {each.name for each in node.type_params}:
        return True
    # The other arguments are those of this one, and pyright finds that none are right for None.
    return _is_of_a_call(node.args.vararg) and "Callable[P, " in ast.unparse(annotation)


def _forms_of_parameters(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    arguments = node.args
    for parameter in [*arguments.args, *arguments.kwonlyargs]:
        if parameter.annotation is not None:
            uses = [each for each in ast.walk(node) if isinstance(each, ast.Name) and each.id == parameter.arg]
            start = source.span(parameter)[0]
            edits = [source.instead(use, "renamed") for use in uses]
            edits.append((start, start + len(parameter.arg), "renamed"))
            yield source.mutant(f"{name} calls {parameter.arg} otherwise", *edits)
    if arguments.posonlyargs:
        first = arguments.posonlyargs[-1].arg
        yield source.mutant(f"{name} takes {first} by its name too", (*_slash(source, arguments), ""))
    if arguments.kwonlyargs and not arguments.vararg:
        star = source.text.rindex(b"*", 0, source.span(arguments.kwonlyargs[0])[0])
        comma = source.text.index(b",", star)
        yield source.mutant(f"{name} takes its options by position", (star, comma + 1, ""))
    elif arguments.args and arguments.args[-1].annotation and not arguments.vararg:
        last = source.span(arguments.args[-1])[0]
        yield source.mutant(f"{name} takes {arguments.args[-1].arg} by its name alone", (last, last, "*, "))


def _numbers_of_parameters(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    for parameter, default in _optional(node.args):
        end = source.span(default)[1]
        yield source.mutant(f"{name} requires {parameter.arg}", (source.span(parameter)[1], end, ""))
    for parameter in _required(node.args):
        end = source.span(parameter)[1]
        # Pyright holds a default of another type against those who leave it to be taken.
        yield source.mutant(f"{name} does without {parameter.arg}", (end, end, " = cast(Any, ...)"))
    # What is called by the language, rather than by name, is given no options.
    called_by_name = node.name == "__init__" or not node.name.startswith("__")
    if called_by_name and not node.args.kwarg and "property" not in map(ast.unparse, node.decorator_list):
        end, comma = _end_of_parameters(source, node)
        yield source.mutant(f"{name} takes any options", (end, end, f"{comma}**options: Any"))


def _results(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    returned = node.returns
    if returned is None or node.name == "__init__":
        return
    written = ast.unparse(returned)
    if written == "Any":
        yield source.mutant(f"{name} gives an object", source.instead(returned, "object"))
    else:
        yield source.mutant(f"{name} gives anything", source.instead(returned, "Any"))
    for element in _elements(returned):
        yield source.mutant(f"{name} gives anything for {ast.unparse(element)}", source.instead(element, "Any"))
    if written == "NoReturn":
        yield source.mutant(f"{name} comes back", source.instead(returned, "None"))
    if _is_optional(returned) and isinstance(returned, ast.BinOp):
        yield source.mutant(f"{name} never gives None", source.instead(returned, ast.unparse(returned.left)))
    # Special methods are awaited by `async with`, which takes any awaitable.
    if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("__"):
        begin, body = source.span(node)[0], (source.span(node.body[0])[0], source.span(node.body[-1])[1])
        yield source.mutant(
            f"{name} gives no coroutine",
            (begin, begin + len("async "), ""),
            source.instead(returned, f"Awaitable[{written}]"),
            # What it does may only be done in a coroutine.
            (*body, "raise NotImplementedError"),
        )


def _is_of_a_call(parameter: ast.arg | None) -> bool:
    """Whether its type is `P.args`: the arguments of another function, checked as such."""
    return parameter is not None and isinstance(parameter.annotation, ast.Attribute)


def _is_optional(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Constant(value=None):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_optional(left) or _is_optional(right)
        case _:
            return False


def _alternatives(annotation: ast.expr) -> list[str]:
    """What may be given, of types that are written with `|`."""
    if isinstance(annotation, ast.BinOp):
        return [*_alternatives(annotation.left), *_alternatives(annotation.right)]
    return [ast.unparse(annotation)]


def _elements(annotation: ast.expr) -> Iterator[ast.expr]:
    """What a type is said to hold; what it takes to call something is another matter."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            yield from _elements(left)
            yield from _elements(right)
        case ast.Subscript(value=ast.Name(id=holder), slice=held) if holder not in {"Callable", "Literal"}:
            for element in held.elts if isinstance(held, ast.Tuple) else [held]:
                if ast.unparse(element) not in {"Any", "object", "..."}:
                    yield element
                yield from _elements(element)
        case _:
            pass


def _optional(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that could be required without changing others, and their defaults."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first = list(zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True))[:1]
    return first + [
        (parameter, default)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]


def _required(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters that could be optional without changing others; `self` is none."""
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[: len(positional) - len(arguments.defaults)][-1:]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [each for each in last if each.annotation] + [parameter for parameter, default in named if default is None]


def _slash(source: Source, arguments: ast.arguments) -> tuple[int, int]:
    """Where the `/` begins, with the comma before it, and where it ends."""
    slash = source.text.index(b"/", source.span(arguments.posonlyargs[-1])[1])
    return source.text.rindex(b",", 0, slash), slash + len("/")


def _end_of_parameters(source: Source, node: Function) -> tuple[int, str]:
    """Where another one could follow, and what parts it from those before."""
    arguments = node.args
    others = [each for each in [*arguments.args, arguments.vararg, *arguments.kwonlyargs] if each]
    if others:
        defaults = [*arguments.defaults, *(each for each in arguments.kw_defaults if each)]
        return max(source.span(each)[1] for each in [*others, *defaults]), ", "
    if arguments.posonlyargs:
        return _slash(source, arguments)[1], ", "
    return source.text.index(b"()", source.span(node)[0]) + len("("), ""
