"""Work out constant strings: `"comp" + "ile"`, `"elipmoc"[::-1]`, `b64decode(...)` and the like."""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
from collections.abc import Callable
from typing import Any

UNKNOWN = "\ufffc"
"""Stands for a part of an f-string that is not constant."""
_MAX_LENGTH = 1_000_000
_MAX_DEPTH = 200

_DECODERS: dict[str, Callable[[Any], Any]] = {
    "b64decode": base64.b64decode,
    "urlsafe_b64decode": base64.urlsafe_b64decode,
    "standard_b64decode": base64.standard_b64decode,
    "b32decode": base64.b32decode,
    "b16decode": base64.b16decode,
    "b85decode": base64.b85decode,
    "a85decode": base64.a85decode,
    "unhexlify": binascii.unhexlify,
    "fromhex": bytes.fromhex,
}
_METHODS = frozenset(
    ["lower", "upper", "strip", "lstrip", "rstrip", "title", "swapcase", "capitalize", "replace",
     "decode", "encode", "removeprefix", "removesuffix", "casefold"]
)  # fmt: skip
_CODECS = frozenset(["utf-8", "utf8", "ascii", "latin-1", "latin1", "rot13", "rot_13", "hex"])


class Folder:
    """Folds expressions to constants; names count when they are bound once, to a constant."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._known: dict[int, Any] = {}

    def text(self, node: ast.AST | None) -> str | None:
        """Return the string `node` always has, or None."""
        value = self.value(node)
        return value if isinstance(value, str) else None

    def value(self, node: ast.AST | None, depth: int = 0) -> Any:
        """Return the str, bytes, int or tuple `node` always has, or None."""
        if node is None or depth > _MAX_DEPTH:
            return None
        key = id(node)
        if key not in self._known:
            try:
                found = self._fold(node, depth)
            except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
                found = None
            if isinstance(found, (str, bytes, tuple)) and len(found) > _MAX_LENGTH:
                found = None
            if isinstance(node, ast.Name):
                return found  # depends on what is known of names so far
            if found is None:
                return None
            self._known[key] = found
        return self._known[key]

    def _fold(self, node: ast.AST, depth: int) -> Any:
        deeper = depth + 1
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, (str, bytes, int)) else None
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.BinOp):
            return self._binary(node, deeper)
        if isinstance(node, ast.JoinedStr):
            return self._joined(node, deeper)
        if isinstance(node, (ast.Tuple, ast.List)):
            parts = tuple(self.value(part, deeper) for part in node.elts[:10_000])
            return None if any(part is None for part in parts) else parts
        if isinstance(node, ast.Subscript):
            return self._subscript(node, deeper)
        if isinstance(node, ast.Call):
            return self._call(node, deeper)
        return None

    def _binary(self, node: ast.BinOp, depth: int) -> Any:
        left, right = self.value(node.left, depth), self.value(node.right, depth)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Add) and isinstance(left, (str, bytes, int)):
            return left + right
        if isinstance(node.op, ast.Mod) and isinstance(left, str) and len(left) < 1000:
            # a width in the format could ask for any length
            return left % right if "*" not in left and not _long_number(left) else None
        if (
            isinstance(left, int)
            and isinstance(right, int)
            and max(abs(left), abs(right)) < 1 << 32
        ):
            if isinstance(node.op, ast.Sub):
                return left - right
            if isinstance(node.op, ast.BitXor):
                return left ^ right
        return None

    def _joined(self, node: ast.JoinedStr, depth: int) -> str:
        parts = []
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            known = self.value(value, depth)
            parts.append(UNKNOWN if known is None else str(known))
        return "".join(parts)

    def _subscript(self, node: ast.Subscript, depth: int) -> Any:
        base = self.value(node.value, depth)
        if not isinstance(base, (str, bytes, tuple)):
            return None
        if isinstance(node.slice, ast.Slice):
            ends = []
            for part in (node.slice.lower, node.slice.upper, node.slice.step):
                known = _integer(part)
                if part is not None and known is None:
                    return None
                ends.append(known)
            return base[slice(*ends)]
        index = _integer(node.slice)
        return None if index is None else base[index]

    def _call(self, node: ast.Call, depth: int) -> Any:
        if node.keywords:
            return None
        arguments = [self.value(argument, depth) for argument in node.args]
        if isinstance(node.func, ast.Name):
            return self._function(node.func.id, node, arguments)
        if not isinstance(node.func, ast.Attribute):
            return None
        method = node.func.attr
        if method in _DECODERS and len(arguments) == 1 and arguments[0] is not None:
            return _DECODERS[method](arguments[0])
        if any(argument is None for argument in arguments):
            return None
        if method == "decode" and isinstance(node.func.value, ast.Name) and len(arguments) == 2:
            known = arguments[1] in _CODECS  # codecs.decode(text, "rot13")
            return codecs.decode(arguments[0], arguments[1]) if known else None
        base = self.value(node.func.value, depth)
        if method == "join" and isinstance(base, (str, bytes)) and len(arguments) == 1:
            return base.join(arguments[0])
        if method in _METHODS and isinstance(base, (str, bytes)):
            if method in ("decode", "encode") and arguments and arguments[0] not in _CODECS:
                return None
            return getattr(base, method)(*arguments)
        return None

    def _function(self, name: str, node: ast.Call, arguments: list[Any]) -> Any:
        if name == "map" and len(node.args) == 2 and isinstance(node.args[0], ast.Name):
            known: dict[str, Callable[[Any], Any]] = {"chr": chr, "str": str, "ord": ord}
            each = known.get(node.args[0].id)
            values = arguments[1]
            return tuple(each(one) for one in values) if each and values is not None else None
        if len(arguments) != 1 or arguments[0] is None:
            return None
        (value,) = arguments
        if name == "chr" and isinstance(value, int):
            return chr(value)
        if name == "str":
            return str(value)
        if name in ("bytes", "bytearray") and isinstance(value, (bytes, tuple)):
            return bytes(value)
        if name == "reversed":
            return tuple(reversed(value))
        return value if name in ("list", "tuple") and isinstance(value, tuple) else None


def _integer(node: ast.AST | None) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
        and isinstance(node.operand.value, int)
    ):
        return -node.operand.value
    return None


def _long_number(text: str) -> bool:
    return any(len(part) > 3 for part in "".join(c if c.isdigit() else " " for c in text).split())
