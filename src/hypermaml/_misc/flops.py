"""Count the arithmetic of a program, loops with all of their turns: XLA's own analysis counts one turn of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax.numpy as jnp

# A result for each entry of the input, not of the output.
_REDUCTIONS = ("reduce_", "argmax", "argmin", "cumsum", "cumprod", "cummax", "cumlogsumexp")
# One operation for each entry of the output.
_ENTRYWISE = {
    *("abs", "add", "add_any", "atan2", "cos", "cosh", "div", "erf", "erf_inv", "exp", "exp2", "expm1", "integer_pow"),
    *("log", "log1p", "logistic", "max", "min", "mul", "neg", "pow", "rem", "rsqrt", "select_n", "sign", "sin", "sinh"),
    *("sqrt", "square", "sub", "tan", "tanh"),
}


def count_flops(jaxpr: Any) -> float:
    """Return the floating-point operations of a traced program.

    A loop without a fixed number of turns counts once, and of several branches the dearest. The transcendental
    functions count as one operation.

    Args:
        jaxpr: as `jax.make_jaxpr` returns it.
    """
    return sum(_of(equation) for equation in getattr(jaxpr, "jaxpr", jaxpr).eqns)


def _of(equation: Any) -> float:
    name, params = equation.primitive.name, equation.params
    inside = [count_flops(each) for each in _programs(params)]
    if name == "scan":
        return params["length"] * sum(inside)
    if name == "cond":
        return max(inside, default=0.0)
    if inside:
        return sum(inside)
    out = equation.outvars[0].aval
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        return 2.0 * math.prod(out.shape) * math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
    if name == "conv_general_dilated":
        kernel, numbers = equation.invars[1].aval.shape, params["dimension_numbers"]
        return 2.0 * math.prod(out.shape) * math.prod(kernel) / kernel[numbers.rhs_spec[0]]
    if not hasattr(out, "dtype") or not jnp.issubdtype(out.dtype, jnp.floating):
        return 0.0
    if name.startswith(_REDUCTIONS):
        return float(math.prod(equation.invars[0].aval.shape))
    return float(math.prod(out.shape)) if name in _ENTRYWISE else 0.0


def _programs(params: Any) -> Iterator[Any]:
    """Yield the programs that an operation calls."""
    for value in params.values():
        for each in value if isinstance(value, tuple | list) else (value,):
            if hasattr(each, "eqns") or hasattr(each, "jaxpr"):
                yield each
