"""Compiled: sixteen numbers at a time.

    fetched, kept       neighbours out of an array, and into it
    picked              from sixteen places of an array
    bytes_at, byte_at   out of the memory at an address, and one alone
    floats_at, float_at
    soon                let the memory at an address come nearer: it will be read
    kept_bytes          and into an array of bytes
    spread              one number sixteen times
    floats              words as numbers
    lesser, greater, root

Left to itself the compiler turns a loop into vectors only where it can show that nothing is written
over what is still to be read, asks so anew for each row, and does the rest of a row one by one.
Rows here are whole strips of sixteen, with room behind their end, and said to be vectors: short
rows cost no more than their length. Sums and products are written with `+`, `-` and `*`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils as _cgutils
from numba.core import types as _types
from numba.extending import intrinsic, models, overload, register_model

Array = npt.NDArray[Any]
LANES = 16
inlined: Callable[[Any], Any] = intrinsic
cgutils: Any = _cgutils  # only part of what numba has says what it takes
types: Any = _types
_WORD = ir.IntType(32)


class Strip(_types.Type):
    """Sixteen floats (`f4`) or unsigned words (`u4`)."""

    def __init__(self, of: Any) -> None:
        self.of = of
        super().__init__(name=f"Strip({of})")


@register_model(Strip)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, strip: Strip) -> None:
        number = ir.FloatType() if strip.of == types.float32 else _WORD
        base: Any = super()
        base.__init__(manager, strip, ir.VectorType(number, LANES))


FLOATS, WORDS = Strip(types.float32), Strip(types.uint32)
_OF = {types.float32: FLOATS, types.uint32: WORDS, types.uint8: WORDS, types.int16: WORDS}
_SMALL = {types.uint8, types.int16}


def _place(context: Any, builder: Any, array: Any, value: Any, at: Any) -> Any:
    """The address of an array's element."""
    data = context.make_array(array)(context, builder, value).data
    return builder.gep(data, [at], source_etype=context.get_data_type(array.dtype))


@inlined
def fetched(typing: Any, array: Any, at: Any) -> Any:
    """Sixteen neighbours from a place on; smaller numbers as words."""
    strip = _OF[array.dtype]

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        number = context.get_data_type(array.dtype)
        place = _place(context, builder, array, given[0], given[1])
        vector = ir.VectorType(number, LANES)
        place = builder.bitcast(place, vector.as_pointer())
        got = builder.load(place, align=array.dtype.bitwidth // 8)
        if array.dtype not in _SMALL:
            return got
        longer = builder.sext if array.dtype.signed else builder.zext
        return longer(got, ir.VectorType(_WORD, LANES))

    return strip(array, types.uint64), made


@inlined
def kept(typing: Any, array: Any, at: Any, strip: Any) -> Any:
    """Write sixteen neighbours."""

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, array, given[0], given[1])
        place = builder.bitcast(place, given[2].type.as_pointer())
        builder.store(given[2], place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.uint64, strip), made


@inlined
def picked(typing: Any, array: Any, first: Any, at: Any) -> Any:
    """The elements at sixteen places, counted from `first` on."""
    strip = _OF[array.dtype]

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        number = context.get_data_type(array.dtype)
        vector = ir.VectorType(number, LANES)
        base = _place(context, builder, array, given[0], given[1])
        places = builder.gep(base, [given[2]], source_etype=number)
        places.type = ir.VectorType(ir.PointerType(), LANES)
        every = ir.VectorType(ir.IntType(1), LANES)
        kind = ir.FunctionType(vector, [places.type, _WORD, every, vector])
        name = "f32" if array.dtype == types.float32 else "i32"
        gather = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.masked.gather.v{LANES}{name}.v{LANES}p0"
        )
        ones = ir.Constant(every, [1] * LANES)
        return builder.call(gather, [places, _WORD(4), ones, ir.Constant(vector, ir.Undefined)])

    return strip(array, types.uint64, WORDS), made


def _reader(of: Any, strip: types.Type, many: bool) -> Any:
    """What reads at an address."""

    @inlined
    def read(typing: Any, address: Any) -> Any:
        def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            number = context.get_data_type(of)
            kind = ir.VectorType(number, LANES) if many else number
            place = builder.inttoptr(given[0], kind.as_pointer())
            got = builder.load(place, align=of.bitwidth // 8)
            if of != types.uint8:
                return got
            return builder.zext(got, ir.VectorType(_WORD, LANES) if many else _WORD)

        return strip(types.uint64), made

    return read


bytes_at = _reader(types.uint8, WORDS, True)
byte_at = _reader(types.uint8, types.uint32, False)
floats_at = _reader(types.float32, FLOATS, True)
float_at = _reader(types.float32, types.float32, False)


@inlined
def soon(typing: Any, address: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.PointerType(), _WORD, _WORD, _WORD])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        place = builder.inttoptr(given[0], ir.PointerType())
        builder.call(call, [place, _WORD(0), _WORD(3), _WORD(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(types.uint64), made


@inlined
def spread(typing: Any, number: Any) -> Any:
    strip = _OF[number]

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        vector = ir.VectorType(context.get_value_type(number), LANES)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), given[0], _WORD(0))
        none = ir.Constant(ir.VectorType(_WORD, LANES), [0] * LANES)
        return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), none)

    return strip(number), made


@inlined
def floats(typing: Any, words: Any) -> Any:
    """Words as numbers, with their sign."""

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.sitofp(given[0], ir.VectorType(ir.FloatType(), LANES))

    return FLOATS(WORDS), made


def _chosen(sign: str) -> Any:
    """Of each two numbers the one that is on that side."""

    @inlined
    def chosen(typing: Any, a: Any, b: Any) -> Any:
        def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.select(builder.fcmp_ordered(sign, *given), *given)

        return FLOATS(FLOATS, FLOATS), made

    return chosen


lesser, greater = _chosen("<"), _chosen(">")


@inlined
def root(typing: Any, strip: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = given[0].type
        of = ir.FunctionType(kind, [kind])
        name = f"llvm.sqrt.v{LANES}f32"
        return builder.call(cgutils.get_or_insert_function(builder.module, of, name), given)

    return FLOATS(FLOATS), made


@inlined
def kept_bytes(typing: Any, array: Any, at: Any, strip: Any) -> Any:
    """Write numbers of 0 … 255 as bytes, without what is behind their point."""

    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _place(context, builder, array, given[0], given[1])
        vector = ir.VectorType(ir.IntType(8), LANES)
        whole = builder.fptosi(given[2], ir.VectorType(_WORD, LANES))
        place = builder.bitcast(place, vector.as_pointer())
        builder.store(builder.trunc(whole, vector), place, align=1)
        return context.get_dummy_value()

    return types.void(array, types.uint64, FLOATS), made


def _operation(name: str) -> Any:
    @inlined
    def operation(typing: Any, a: Any, b: Any) -> Any:
        def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, name)(*given)

        return a(a, b), made

    return operation


_FLOATS = {operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul"}
_WORDS = {
    operator.and_: "and_",
    operator.or_: "or_",
    operator.xor: "xor",
    operator.lshift: "shl",
    operator.rshift: "lshr",
}


def _written(sign: Callable[..., Any], of: Strip, name: str) -> None:
    """Let a sign between two strips stand for an operation."""
    operation = _operation(name)

    @overload(sign, strict=False)
    def between(a: Any, b: Any) -> Any:
        if a == of and b == of:
            return lambda a, b: operation(a, b)
        return None


for _sign, _name in _FLOATS.items():
    _written(_sign, FLOATS, _name)
for _sign, _name in _WORDS.items():
    _written(_sign, WORDS, _name)
