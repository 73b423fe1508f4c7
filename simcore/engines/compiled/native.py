"""The compiled loop as machine code that is called without numba, which takes long to be imported.

numba compiles the loop once on a machine. What it made is kept in a file: the name of the function, and the object code
of it and all it calls. LLVM's own linker makes that runnable in a few milliseconds, and ctypes calls it, which leaves
Python to other threads meanwhile. An array is passed as numba passes it: owner and parent, which nobody asks for here,
number and size of its elements, address, shape and strides; single numbers as the address of their record.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from simcore.engines.compiled.fields import State
from simcore.engines.compiled.kept import TRACED, UNTRACED, folder

__all__ = ["advance", "call", "flat"]

END = b"\0"  # of the function's name
DIGEST = 32  # bytes of it, before the name: of all that follows
_one_at_a_time = threading.Lock()
_linked: list[object] = []  # what must live as long as the code


def advance(state: State, given: Sequence[int]) -> int:
    """Runs the loop until it wants something or ends: one of the statuses of fields.

    Args:
        given: the state as it is passed, see `flat`.
    """
    return call(_address(state.trace.ndim == 2, state), given)


def call(address: int, given: Sequence[int]) -> int:
    """Calls a function at this address, which numba compiled."""
    found, error = ctypes.c_int64(), ctypes.c_void_p()
    if _callable(address, len(given))(ctypes.byref(found), ctypes.byref(error), *given):
        raise RuntimeError("the compiled loop failed")
    return found.value


def flat(state: State) -> Iterator[int]:
    """The arguments that a state is passed as."""
    for one in state:
        if isinstance(one, np.void):
            yield one.__array_interface__["data"][0]
        else:
            yield from (0, 0, one.size, one.itemsize, one.ctypes.data, *one.shape, *one.strides)


@cache
def _callable(address: int, given: int) -> Callable[..., int]:
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * given)(address)


_addresses: dict[bool, int] = {}


def _address(traced: bool, state: State) -> int:
    """Where the loop is; it is compiled at its first call on a machine, or in a process that may keep nothing."""
    if traced not in _addresses:
        with _one_at_a_time:
            if traced not in _addresses:
                _addresses[traced] = _loaded(traced, state)
    return _addresses[traced]


def _loaded(traced: bool, state: State) -> int:
    place = folder()
    path = None if place is None else place / f"{TRACED if traced else UNTRACED}-{_machine()}.o"
    if path is not None:
        with suppress(OSError, RuntimeError, ValueError):
            return _link(_checked(path.read_bytes()))
    from simcore.engines.compiled.making import machine_code

    code = machine_code(state)
    if path is not None:
        _keep(path, code)
    return _link(code)


def _keep(path: Path, code: bytes) -> None:
    """Writes a file that others see as a whole or not at all."""
    with suppress(OSError):
        number, name = tempfile.mkstemp(dir=path.parent)
        with open(number, "wb") as file:
            file.write(hashlib.sha256(code).digest() + code)
        os.replace(name, path)


def _checked(kept: bytes) -> bytes:
    """What a file holds, without its digest; LLVM does not survive every broken file."""
    digest, code = kept[:DIGEST], kept[DIGEST:]
    if hashlib.sha256(code).digest() != digest:
        raise ValueError("the file is broken")
    return code


@cache
def _machine() -> str:
    """What the code is only good for: this processor, or the one that numba is told of, and this version of both."""
    told = os.environ.get
    processor = told("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    features = told("NUMBA_CPU_FEATURES", llvm.get_host_cpu_features().flatten())
    about = (platform.platform(), processor, features, version("llvmlite"), version("numba"))
    return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]


def _link(code: bytes) -> int:
    """Makes object code runnable; where its function is."""
    name, _, objects = code.partition(END)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target: Any = llvm.Target.from_default_triple()
    linker = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target.create_target_machine(jit=True))
    linker.add_object_file(llvm.ObjectFileRef.from_data(objects))
    linker.finalize_object()
    _linked.append(linker)
    return linker.get_function_address(name.decode())  # type: ignore[no-any-return]
