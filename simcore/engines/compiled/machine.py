"""Instructions of the processor for which numba has no word."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["leading_zeros", "prefetch"]

WORD = ir.IntType(64)
LINE = 64  # bytes of a line of the cache


@intrinsic
def leading_zeros(typing: Any, value: Any) -> Any:  # noqa: ARG001 -- numba asks by these names
    """Zeros before the first one of a word of 64 bits; 64 of zero."""

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ARG001
        return builder.ctlz(given[0], cgutils.false_bit)

    return types.int64(types.int64), made


@intrinsic
def prefetch(typing: Any, table: Any, index: Any, line: Any) -> Any:  # noqa: ARG001
    """Has a line of the cache fetched that will be read soon: of an array's element, so many lines on.

    It is a hint, which changes nothing; an index that is not in the array does no harm.
    """

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        (stride,) = cgutils.unpack_tuple(builder, array.strides, 1)
        byte = builder.add(builder.mul(given[1], stride), builder.mul(given[2], WORD(LINE)))
        data = builder.bitcast(array.data, cgutils.voidptr_t)
        address = builder.gep(data, [byte])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(table, types.int64, types.int64), made
