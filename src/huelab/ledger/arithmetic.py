"""Arithmetic that decides a claim, evaluated without Python's `eval`.

An expression is a comparison of numbers, joined by + - * / // % ** and parentheses, with the
functions of `FUNCTIONS` and nothing else: no names, attributes, texts, lists, or other calls.
"""

import ast
import math
import operator
from collections.abc import Callable

from huelab.storage import HueLabError

FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "max": max,
    "min": min,
    "round": round,
    "sqrt": math.sqrt,
}
_OPERATORS: dict[type[ast.operator], Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable] = {
    ast.Eq: operator.eq,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_LONGEST, _LARGEST_BASE, _LARGEST_EXPONENT = 300, 10**9, 64


class ArithmeticClaimError(HueLabError, ValueError):
    """An expression that is not one of these, or has no value; the message quotes it."""


def decide(expression: str) -> bool:
    """Whether a comparison is true, as `1*64*9 + 64 == 640`.

    `log(x)` is natural, `log(x, 10)` decimal.

    Raises:
        ArithmeticClaimError: for anything but a comparison of such numbers, and for one that
            cannot be computed (a division by zero, a power above 10**9 ** 64).
    """
    try:
        if len(expression) > _LONGEST:
            raise ValueError(f"longer than {_LONGEST} characters")
        tree = ast.parse(expression.strip(), mode="eval").body
        if not isinstance(tree, ast.Compare):
            raise ValueError("not a comparison")
        return _compare(tree)
    except (ValueError, TypeError, SyntaxError, ArithmeticError, RecursionError) as error:
        raise ArithmeticClaimError(f"arithmetic {expression[:_LONGEST]!r}: {error}") from error


def _compare(tree: ast.Compare) -> bool:
    values = [_number(part) for part in (tree.left, *tree.comparators)]
    pairs = zip(tree.ops, values[:-1], values[1:], strict=True)
    return all(_known(_COMPARISONS, sign)(left, right) for sign, left, right in pairs)


def _number(tree: ast.expr) -> float:
    match tree:
        case ast.Constant(value=value) if type(value) in (int, float):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand)
        case ast.BinOp(op=ast.Pow()):
            return _power(_number(tree.left), _number(tree.right))
        case ast.BinOp():
            return _known(_OPERATORS, tree.op)(_number(tree.left), _number(tree.right))
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_number(argument) for argument in tree.args))
    raise ValueError(f"{ast.unparse(tree)!r} is not allowed")


def _power(base: float, exponent: float) -> float:
    if abs(base) > _LARGEST_BASE or abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError("a power that large is not allowed")
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError("the root of a negative number")
    return value


def _known(table: dict[type, Callable], sign: ast.AST) -> Callable:
    if type(sign) not in table:
        raise ValueError(f"the operator {type(sign).__name__} is not allowed")
    return table[type(sign)]
