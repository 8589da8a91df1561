"""`duplicate`: an exception for each who waits for the same thing, where but one was raised.

Whoever gets an exception adds to it: notes, the traceback of its own way, what it was handling meanwhile. Of one
exception, each would see what the others have added.
"""

from types import GetSetDescriptorType, MemberDescriptorType

_GROUP: type = BaseExceptionGroup
_GIVEN_TO_GROUPS = ("message", "exceptions")
"""What groups take in `__new__` and never again, unlike all other exceptions."""


def duplicate(error: BaseException) -> BaseException:
    """Another exception that is like `error`, or `error` itself if there cannot be one.

    `copy.copy` calls the class again with `args`, which are not what many classes take: they fail, or get another
    message. This makes an exception of the same class without calling `__init__`, and copies the attributes, wherever
    they are kept. What has state in an extension module that cannot be copied so is left alone.
    """
    kind = type(error)
    made_by: type = kind
    while made_by.__module__ != "builtins":
        made_by = made_by.__base__ or object
    state = [getattr(error, name) for name in _GIVEN_TO_GROUPS] if issubclass(kind, _GROUP) else []
    try:
        other: BaseException = made_by.__new__(kind, *state)
        _copy_members(error, other)
    except (AttributeError, TypeError):
        return error
    vars(other).update(vars(error))
    if notes := getattr(error, "__notes__", None):
        vars(other)["__notes__"] = list(notes)
    for name in ("args", "__cause__", "__context__", "__suppress_context__"):
        BaseException.__setattr__(other, name, getattr(error, name))
    return other.with_traceback(error.__traceback__)


def _copy_members(error: BaseException, other: BaseException) -> None:
    """Copy what is kept beside the dictionary: in slots, or by the interpreter."""
    for kind in type(error).__mro__:
        if kind is BaseException:
            return
        for name, member in vars(kind).items():
            if isinstance(member, MemberDescriptorType | GetSetDescriptorType) and not name.startswith("__"):
                value = _value_of(member, error)
                # What is not there must not be set: a file name of None would become a part of the text.
                if _value_of(member, other) is not value:
                    member.__set__(other, value)


def _value_of(member: MemberDescriptorType | GetSetDescriptorType, error: BaseException) -> object:
    try:
        return member.__get__(error)
    except AttributeError:
        return None
