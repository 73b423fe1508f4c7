"""Machine code of the loop: the only module that has numba compile for good."""

from __future__ import annotations

from typing import Any

import numba

from simcore.engines.compiled import loop
from simcore.engines.compiled.cached import once
from simcore.engines.compiled.fields import State

__all__ = ["machine_code"]

OWN = ("llvm.", "mem", "sqrt")  # what the code may call that is not in it: LLVM and C have these without numba


def machine_code(state: State) -> bytes:
    """The name of the loop's function, a zero, and its object code, for states like this one.

    Raises:
        RuntimeError: it calls something that only numba has.
    """
    made = once(loop.advance)
    made._compiler._customize_flags = _apart
    made.compile((numba.typeof(state),))
    (found,) = made.overloads.values()
    parts = found._asdict()
    code, name = parts["library"], parts["fndesc"].llvm_func_name
    for function in code._final_module.functions:
        if function.is_declaration and not function.name.startswith(OWN):
            raise RuntimeError(f"the compiled loop calls {function.name}")
    return name.encode() + b"\0" + code._get_compiled_object()  # type: ignore[no-any-return]


def _apart(flags: Any) -> Any:
    """Tells LLVM that no array of the state lies in another, for which numba's decorators have no word.

    So a number that was read, such as the time, need not be read again after something else was written.
    """
    flags.noalias = True
    return flags
