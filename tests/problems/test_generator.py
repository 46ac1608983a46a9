"""The generator: numbered, reproducible, without duplicates, split by structure."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems import generator, read_metadata, specialise
from kerneldojo.problems.generator import HELD_OUT, TINY, Generator, Grammar, Layout
from kerneldojo.records import Problem

COUNT = 300


@pytest.fixture(scope="module")
def train() -> list[Problem]:
    return list(generator.generate_many("train", range(COUNT)))


@pytest.fixture(scope="module")
def test() -> list[Problem]:
    return list(generator.generate_many("test", range(100)))


def programs(split: str, count: int) -> list[generator.Program]:
    return [generator.generate_program(split, index) for index in range(count)]


def test_a_number_is_always_the_same_problem(train: list[Problem]) -> None:
    alone = Generator(part="train", label="train").problem(COUNT - 1)
    assert alone == train[COUNT - 1] == generator.generate("train", COUNT - 1)
    assert alone.name == f"generated/train/{COUNT - 1}"


def test_names_mean_the_same_in_another_process(train: list[Problem]) -> None:
    code = "from kerneldojo.problems import generator; print(generator.generate('train', 7).digest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == train[7].digest


def test_the_grammar_s_version_is_raised_when_problems_change() -> None:
    """A change of these digests is a change of every name: raise VERSION, then renew them."""
    assert generator.VERSION == 1
    found = {name: generator.generate(*name).digest for name in PINNED}
    assert found == PINNED


def test_nothing_comes_twice(train: list[Problem], test: list[Problem]) -> None:
    assert len({problem.source for problem in train}) == COUNT
    keys = {(p.structure, p.layout, p.precision) for p in programs("train", COUNT)}
    assert len(keys) == COUNT


def test_no_structure_is_on_both_sides(train: list[Problem], test: list[Problem]) -> None:
    training, testing = ("train", "tiny-train", "mini-train"), ("test", "tiny-test", "mini-test")
    trained = {p.structure for split in training for p in programs(split, COUNT)}
    tested = {p.structure for split in testing for p in programs(split, 100)}
    assert trained and tested and not trained & tested
    for split, side in (("train", "train"), ("tiny-train", "train"), ("test", "test")):
        assert {generator.part_of(p) for p in programs(split, 50)} == {side}


def test_held_out_pairs_are_tests_only(test: list[Problem]) -> None:
    assert not any(p.pairs & HELD_OUT for p in programs("train", COUNT))
    tagged = ["held-out-pair" in problem.metadata.tags for problem in test]
    assert tagged == [bool(p.pairs & HELD_OUT) for p in programs("test", 100)]
    assert 0.1 < sum(tagged) / len(tagged) < 0.9, "tests are of both kinds"


def test_other_seeds_and_parts_give_other_problems() -> None:
    first, second, tests = (
        {problem.source for problem in Generator(TINY, seed=seed, part=part).problems(range(20))}
        for seed, part in ((0, "train"), (1, "train"), (0, "test"))
    )
    assert not first & second and not first & tests and not second & tests


def test_files_say_what_the_records_say(train: list[Problem]) -> None:
    for problem in train:
        assert read_metadata(problem.source, problem.name) == problem.metadata
        names = [workload.name for workload in problem.metadata.workloads]
        assert names == ["base", "odd", "small", "gpu"]
        assert [w.target for w in problem.metadata.workloads] == [None, None, None, "cuda"]
        for workload in problem.metadata.workloads:
            specialise(problem.source, workload.constants)


def test_files_are_well_formed(train: list[Problem], test: list[Problem]) -> None:
    for problem in (*train, *test):
        tree = ast.parse(problem.source)
        assert ast.get_docstring(tree)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert ("F" in used) == ("functional" in problem.source)
        for line in problem.source.splitlines():
            assert len(line) <= 100, f"{problem.name}: {line}"
        assert "kerneldojo" not in problem.source


def test_sizes_fit_a_cpu_and_gpu_sizes_a_gpu() -> None:
    for layout in generator.STANDARD.layouts:
        assert 2**16 <= layout.elements <= 2**19
        assert layout.odd().columns % 2 == 1
        assert layout.small().elements <= 2**13
        assert 2**23 <= layout.large().elements <= 2**26
    assert all(layout.elements <= 2**13 for layout in TINY.layouts)


def test_problems_are_of_all_difficulties(train: list[Problem]) -> None:
    levels = [generator.difficulty(p) for p in programs("train", COUNT)]
    for difficulty in range(1, 6):
        assert levels.count(difficulty) > 0.03 * COUNT
    for problem, difficulty in zip(train, levels, strict=True):
        assert f"difficulty-{difficulty}" in problem.metadata.tags
        assert problem.metadata.level == (1, 2, 2, 3, 3)[difficulty - 1]
    assert {p.depth for p in programs("train", COUNT)} == set(range(1, 9))


def test_tiny_problems_are_tiny() -> None:
    for program in programs("tiny-train", 60):
        assert program.depth <= 3 and program.precision == "float32"


@pytest.mark.parametrize("split", generator.splits())
def test_numbers_end_at_the_population(split: str) -> None:
    for index in (-1, generator.population(split)):
        with pytest.raises(ProblemNotFound, match=f"generated/{split} has the numbers 0 to"):
            generator.generate(split, index)
        with pytest.raises(ProblemNotFound):
            generator.generate_many(split, range(index, index + 1))


def test_an_unknown_split_names_the_known_ones() -> None:
    with pytest.raises(ProblemNotFound, match="Did you mean 'train'"):
        generator.generate("trian", 0)


def test_a_grammar_of_one_s_own() -> None:
    grammar = Grammar(
        name="norms",
        layouts=(Layout((8,), 64),),
        precisions={"float32": 1},
        depths={2: 1, 3: 1},
        heads={"plain": 1},
        tails={"none": 1},
        steps={"norm": 1, "column": 1},
        operators={"softmax": 0},
        workloads=("base", "small"),
    )
    drawn = Generator(grammar)
    for problem in drawn.problems(range(30)):
        assert "softmax" not in problem.source.replace("log_softmax", "").replace("log-softmax", "")
        assert [workload.name for workload in problem.metadata.workloads] == ["base", "small"]
        assert problem.name.startswith("generated/norms-0/")


def test_a_grammar_with_nothing_new_to_offer_says_so() -> None:
    grammar = Grammar(
        layouts=(Layout((8,), 64),),
        precisions={"float32": 1},
        depths={1: 1},
        heads={"plain": 1},
        tails={"none": 1},
        steps={"norm": 1},
    )
    with pytest.raises(UsageError, match="brought nothing new"):
        Generator(grammar).problem(50)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"operators": {"sofmax": 1}}, "Did you mean 'softmax'"),
        ({"steps": {"norm": -1}}, "0 or more"),
        ({"heads": {"plain": 0}}, "above 0"),
        ({"workloads": ("small",)}, "first workload"),
        ({"layouts": ()}, "at least one layout"),
        ({"depths": {99: 1}}, "nothing is called 99"),
    ],
)
def test_a_wrong_grammar_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Grammar(**arguments)  # type: ignore[arg-type]


def test_the_generator_is_light() -> None:
    code = (
        "import sys; from kerneldojo.problems import generator; generator.generate('train', 3); "
        "sys.exit(str({'torch', 'numpy'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr.strip()


PINNED: dict[tuple[str, int], str] = {
    ("train", 0): "c8f5b08ba2f5fa980eebf7eb366e7f1b",
    ("train", 999): "25735a1d594f4110ce2006712a7fb1b2",
    ("test", 5): "f27744a346e5bd4cf72a67c5e55b07c9",
    ("tiny-train", 50): "7788d2c7551bc1472f59e6176237fdfe",
    ("tiny-test", 9): "73c201a8a2451b17558bee70b249e0fc",
    ("mini-train", 7): "76713b88e3425ad5fa359dba78326da7",
    ("mini-test", 3): "57a56c1493bfc97df17f7947ec54a42b",
}
