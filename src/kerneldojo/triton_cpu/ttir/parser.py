"""Reads the text of a Triton IR module.

Triton's Python bindings cannot list a block's operations or read their attributes, but the
printed form is small and regular: one operation a line, results, name, operands, attributes,
types, location. Six operations carry regions or successors and have a reader of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kerneldojo.triton_cpu.errors import TritonCpuError
from kerneldojo.triton_cpu.ttir.ir import Block, Function, Op, Type, Value, walk
from kerneldojo.triton_cpu.ttir.locations import Locations
from kerneldojo.triton_cpu.ttir.types import parse_type, result_types, split_top

_RESULTS = re.compile(r"^((?:%[\w$.-]+(?::\d+)?(?:, )?)+) = ")
_NAME = re.compile(r'^"?([a-z_]+\.[\w.]+)"?')
_OPERAND = re.compile(r"%[\w$.-]+(?:#\d+)?")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_BLOCK = re.compile(r"^\^([\w.]+)(?:\((.*)\))?:")
_FUNCTION = re.compile(
    r"^tt\.func (public |private )?@(\"[^\"]*\"|[^\s(]+)\((.*?)\)"
    r"(?: -> (.*?))?(?: attributes \{.*\})? \{$"
)


_YIELDS = ("scf.for", "scf.if")
"""Operations whose regions end in a yield, which is not printed where it yields nothing."""


class ParseError(TritonCpuError):
    """The text is not the Triton IR this version knows."""


class _Parser:
    def __init__(self, text: str) -> None:
        self.locations = Locations(text)
        self.lines = [line.strip() for line in text.splitlines()]
        self.at = 0
        self.values: dict[str, Value] = {}

    # -- lines -------------------------------------------------------------------------------

    def next(self) -> tuple[str, str]:
        """The next line without its locations, and the last of those."""
        line = self.lines[self.at]
        self.at += 1
        return self.locations.strip(line)

    def functions(self) -> list[Function]:
        found = []
        while self.at < len(self.lines):
            line, _ = self.next()
            if line.startswith("tt.func "):
                found.append(self.function(line))
        return found

    def function(self, line: str) -> Function:
        match = _FUNCTION.match(line)
        if match is None:
            raise ParseError(f"cannot read the function header {line!r}")
        visibility, name, arguments, results = match.groups()
        self.values = {}
        entry = Block("entry")
        hints = []
        for text in split_top(arguments):
            declared, _, hint = text.partition(" {")
            self.declare_argument(declared, entry)
            hints.append(_attributes(hint.rstrip("}")))
        blocks = self.blocks(entry, parent=None)
        types = [parse_type(text) for text in split_top((results or "").strip("()"))]
        function = Function(name.strip('"'), blocks, hints, types, visibility != "private ")
        for position, op in enumerate(walk(function.blocks)):
            op.position = position
            for operand in op.operands:
                operand.users.append(op)
        return function

    def declare_argument(self, text: str, block: Block) -> None:
        name, _, type = text.partition(": ")
        value = Value(name.strip(), parse_type(type), None, block, len(block.arguments))
        block.arguments.append(value)
        self.values[value.name] = value

    def blocks(self, first: Block, parent: Op | None) -> list[Block]:
        """Reads until the line that closes the region; that line is left to the caller."""
        blocks, block = [first], first
        block.parent = parent
        while not self.lines[self.at].startswith("}"):
            line, location = self.next()
            if not line:
                continue
            if match := _BLOCK.match(line):
                if blocks == [first] and not first.ops:
                    first.label = match[1]
                else:
                    block = Block(match[1], parent=parent)
                    blocks.append(block)
                for argument in split_top(match[2] or ""):
                    self.declare_argument(argument, block)
            else:
                block.ops.append(self.operation(line, location, block))
        return blocks

    # -- operations --------------------------------------------------------------------------

    def operation(self, line: str, location: str, block: Block) -> Op:
        names: list[str] = []
        if match := _RESULTS.match(line):
            names = _result_names(match[1])
            line = line[match.end() :]
        match = _NAME.match(line)
        if match is None:
            raise ParseError(f"cannot read the operation {line!r}")
        op = Op(match[1], [], [], {}, [], location, block)
        rest = line[match.end() :]
        reader = _READERS.get(op.name)
        types = reader(self, op, rest.lstrip()) if reader is not None else self.ordinary(op, rest)
        self.define(op, names, types)
        return op

    def define(self, op: Op, names: list[str], types: list[Type]) -> None:
        if len(names) != len(types):
            raise ParseError(f"{op.name} has {len(names)} results but {len(types)} result types")
        for index, (name, type) in enumerate(zip(names, types, strict=True)):
            value = Value(name, type, op, op.block, index)
            op.results.append(value)
            self.values[name] = value

    def use(self, name: str) -> Value:
        try:
            return self.values[name]
        except KeyError:
            raise ParseError(f"{name} is used before it is defined") from None

    def uses(self, text: str) -> list[Value]:
        return [self.use(self.canonical(name)) for name in _OPERAND.findall(text)]

    def canonical(self, name: str) -> str:
        """`%3#0` may name a value printed without its number, and the other way round."""
        if name in self.values:
            return name
        return name.removesuffix("#0") if name.endswith("#0") else f"{name}#0"

    def ordinary(self, op: Op, rest: str) -> list[Type]:
        strings = _STRING.findall(rest)
        for number, string in enumerate(strings):
            rest = rest.replace(string, f"${number}$", 1)
        head, types = _split_types(rest)
        head, braces = _take_braces(head.lstrip())
        op.operands = self.uses(head)
        restored = {key: _restore(value, strings) for key, value in _attributes(braces).items()}
        op.attributes = restored | {"text": _restore(head, strings)}
        return result_types(op.name, types, [value.type for value in op.operands])

    def region(self, op: Op, arguments: list[tuple[str, Type]]) -> str:
        """Reads one region of `op`; returns the line that closed it, without its brace."""
        block = Block("region")
        for name, type in arguments:
            value = Value(name, type, None, block, len(block.arguments))
            block.arguments.append(value)
            self.values[name] = value
        op.regions.append(self.blocks(block, op))
        if op.name in _YIELDS and not (block.ops and block.terminator.name == "scf.yield"):
            block.ops.append(Op("scf.yield", [], [], {}, [], op.location, block))
        line, location = self.next()
        op.location = location or op.location
        return line[1:].strip()

    # -- operations with a syntax of their own -----------------------------------------------

    def read_for(self, op: Op, rest: str) -> list[Type]:
        match = re.match(r"(unsigned )?(%[\w$.-]+) = (\S+) to (\S+) step (\S+)(.*)\{$", rest)
        if match is None:
            raise ParseError(f"cannot read the loop {rest!r}")
        unsigned, counter, start, stop, step, tail = match.groups()
        op.operands = self.uses(f"{start} {stop} {step}")
        op.attributes = {"unsigned": "true"} if unsigned else {}
        names, types = [], []
        if carried := re.search(r"iter_args\((.*?)\) -> \((.*)\)", tail):
            for pair in split_top(carried[1]):
                name, _, value = pair.partition(" = ")
                names.append(name.strip())
                op.operands += self.uses(value)
            types = [parse_type(text) for text in split_top(carried[2])]
        counter_type = op.operands[0].type
        self.region(op, [(counter, counter_type), *zip(names, types, strict=True)])
        return types

    def read_if(self, op: Op, rest: str) -> list[Type]:
        op.operands = self.uses(rest.split("->")[0])[:1]
        types = []
        if match := re.search(r"-> \((.*)\) \{$", rest):
            types = [parse_type(text) for text in split_top(match[1])]
        if self.region(op, []).startswith("else"):
            self.region(op, [])
        return types

    def read_while(self, op: Op, rest: str) -> list[Type]:
        match = re.match(r"(?:\((.*)\) )?: \((.*?)\) -> (.*) \{$", rest)
        if match is None:
            raise ParseError(f"cannot read the loop {rest!r}")
        pairs = [pair.partition(" = ") for pair in split_top(match[1] or "")]
        op.operands = [self.uses(value)[0] for _, _, value in pairs]
        types = [parse_type(text) for text in split_top(match[2].strip("()"))]
        names = [name.strip() for name, _, _ in pairs]
        self.region(op, list(zip(names, types, strict=True)))
        self.region(op, [])
        results = match[3]
        results = results[1:-1] if results.startswith("(") else results
        return [parse_type(text) for text in split_top(results)]

    def read_combine(self, op: Op, rest: str) -> list[Type]:
        """`"tt.reduce"(%a, %b) <{axis = 0 : i32}> ({ … }) : (…) -> …`, and tt.scan."""
        head, braces = _take_braces(rest.removesuffix("({"))
        op.operands = self.uses(head)
        op.attributes = _attributes(braces)
        closing = self.region(op, [])
        _, _, results = closing.partition("->")
        results = results.strip()
        results = results[1:-1] if results.startswith("(") else results
        return [parse_type(text) for text in split_top(results)]

    def read_call(self, op: Op, rest: str) -> list[Type]:
        match = re.match(r"@(\"[^\"]*\"|[^\s(]+)\((.*?)\) ?(?:\{.*\} )?: \((.*)\) -> (.*)$", rest)
        if match is None:
            raise ParseError(f"cannot read the call {rest!r}")
        op.attributes = {"callee": match[1].strip('"')}
        op.operands = self.uses(match[2])
        results = match[4]
        results = results[1:-1] if results.startswith("(") else results
        return [parse_type(text) for text in split_top(results)]

    def read_branch(self, op: Op, rest: str) -> list[Type]:
        """`cf.br ^bb1(%0 : i32)` and `cf.cond_br %c, ^bb1, ^bb2(%1 : i32)`."""
        head, _, _ = rest.partition("^")
        op.operands = self.uses(head)
        for label, arguments in re.findall(r"\^([\w.]+)(?:\(([^)]*)\))?", rest):
            names, _, _ = arguments.partition(" : ")
            values = self.uses(names)
            op.successors.append((label, values))
            op.operands += values
        return []

    def read_poison(self, op: Op, rest: str) -> list[Type]:
        """Where any value will do, zero does."""
        op.name, op.attributes = "arith.constant", {"text": "0"}
        return [parse_type(rest.removeprefix(": "))]

    def read_condition(self, op: Op, rest: str) -> list[Type]:
        op.operands = self.uses(_split_types(rest)[0])
        return []


_READERS: dict[str, Callable[[_Parser, Op, str], list[Type]]] = {
    "scf.for": _Parser.read_for,
    "scf.if": _Parser.read_if,
    "scf.while": _Parser.read_while,
    "tt.reduce": _Parser.read_combine,
    "tt.scan": _Parser.read_combine,
    "tt.map_elementwise": _Parser.read_combine,
    "tt.call": _Parser.read_call,
    "cf.br": _Parser.read_branch,
    "cf.cond_br": _Parser.read_branch,
    "scf.condition": _Parser.read_condition,
    "ub.poison": _Parser.read_poison,
}


def parse(text: str) -> list[Function]:
    """Reads a module printed with its locations (they may be absent).

    Raises:
        ParseError: if a line is not understood; the message quotes it.
    """
    return _Parser(text).functions()


def _result_names(text: str) -> list[str]:
    names = []
    for part in text.split(", "):
        name, _, count = part.strip().partition(":")
        names += [f"{name}#{index}" for index in range(int(count))] if count else [name]
    return names


def _split_types(text: str) -> tuple[str, str]:
    """Splits at the last ` : ` that stands outside brackets."""
    depth = 0
    for at in range(len(text) - 1, 0, -1):
        character = text[at]
        if character in ")]}" or (character == ">" and text[at - 1] != "-"):
            depth += 1
        elif character in "([{<":
            depth -= 1
        elif depth == 0 and text[at - 1 : at + 2] == " : ":
            return text[: at - 1], text[at + 2 :]
    return text, ""


def _take_braces(text: str) -> tuple[str, str]:
    """Cuts the `{…}` or `<{…}>` of attributes out of the operands."""
    start = text.find("{")
    if start < 0:
        return text, ""
    end = text.rfind("}")
    return text[:start].rstrip("< ") + " " + text[end + 1 :].lstrip("> "), text[start + 1 : end]


def _attributes(text: str) -> dict[str, str]:
    """`axis = 0 : i32, reverse = false` → {"axis": "0", "reverse": "false"}."""
    found = {}
    for part in split_top(text):
        key, equals, value = part.partition(" = ")
        found[key.strip()] = re.sub(r" : \w+$", "", value.strip()) if equals else "true"
    return found


def _restore(text: str, strings: list[str]) -> str:
    for number, string in enumerate(strings):
        text = text.replace(f"${number}$", string)
    return text
