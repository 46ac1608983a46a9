import pytest

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems import read_metadata
from kerneldojo.records import ProblemMetadata


def test_a_file_without_metadata_has_the_defaults():
    assert read_metadata("N = 1\n") == ProblemMetadata()


def test_all_fields_are_read():
    metadata = read_metadata(
        """
METADATA = {
    "description": "what", "level": 2, "tags": ["a", "b"],
    "workloads": [{"name": "base"}, {"name": "odd", "constants": {"N": 3, "SHAPE": (1, 2)}}],
    "interpreter_workload": "odd",
    "tolerance": {"multiple": 8, "rtol": 1e-3},
    "distributions": ("default", "scaled"),
    "training": True, "backward": True,
}
"""
    )
    assert metadata.workloads[1].constants == {"N": 3, "SHAPE": [1, 2]}
    assert metadata.tolerance.rtol == 1e-3
    assert metadata.distributions == ("default", "scaled")
    assert metadata.training
    assert metadata.backward


def test_an_annotated_assignment_counts_and_the_last_one_wins():
    source = "METADATA: dict = {'level': 1}\nMETADATA = {'level': 2}\n"
    assert read_metadata(source).level == 2


def test_metadata_inside_a_function_does_not_count():
    assert read_metadata("def f():\n    METADATA = {'level': 3}\n").level is None


@pytest.mark.parametrize(
    ("literal", "complaint"),
    [
        ("{'workload': []}", "unknown key 'workload'. Did you mean 'workloads'"),
        ("{'workloads': [{'nam': 'a'}]}", "workloads.0.nam"),
        ("{'workloads': [{'name': 'a', 'constant': {}}]}", "Did you mean 'constants'"),
        ("{'tolerance': {'rtoll': 1}}", "Did you mean 'rtol'"),
        ("{'level': 9}", "level"),
        ("{'level': 'two'}", "level"),
        ("{'tags': 3}", "tags"),
        ("{'distributions': ['default', 'gaussian']}", "distributions"),
        ("{'tolerance': {'multiple': 0}}", "tolerance.multiple"),
        ("{'workloads': [{'name': 'a/b'}]}", "workloads.0.name"),
        ("{'workloads': [{'name': 'a'}, {'name': 'a'}]}", "two workloads are named 'a'"),
        (
            "{'workloads': [{'name': 'small'}], 'interpreter_workload': 'smal'}",
            "no workload named 'smal'. Did you mean 'small'",
        ),
        ("{3: 4}", "unknown key|METADATA"),
        ("[1, 2]", "dictionary, not list"),
        ("None", "dictionary, not NoneType"),
        ("dict(level=1)", "plain literal"),
        ("{'level': len('a')}", "plain literal"),
        ("{**{}}", "plain literal"),
        ("{[]: 1}", "plain literal"),
    ],
)
def test_bad_metadata_is_explained(literal, complaint):
    with pytest.raises(InvalidProblem, match=complaint):
        read_metadata(f"METADATA = {literal}\n")


def test_metadata_is_never_executed():
    with pytest.raises(InvalidProblem):
        read_metadata("METADATA = {'description': print('ran')}\n")
