"""How long it takes to load and list many problems, against a plain read of the same bytes.

    PYTHONPATH=src python -m benchmarks.problems --count 10000

The references are KernelBench-like: some 1,200 characters without metadata. `with metadata`
is the same with a `METADATA` of three workloads in each.
"""

from __future__ import annotations

import argparse
import json
import symtable
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from kerneldojo.problems import load_problems

REFERENCE = '''\
import torch
import torch.nn as nn


class Model(nn.Module):
    """
    Performs a matrix multiplication, adds a bias, applies an activation, scales the result and
    adds the row it came from, as the references of many data sets do.
    """

    def __init__(self, in_features, out_features, scaling_factor):
        super(Model, self).__init__()
        self.matmul = nn.Linear(in_features, out_features)
        self.scaling_factor = scaling_factor
        self.bias = nn.Parameter(torch.randn(out_features))

    def forward(self, x):
        """
        Args:
            x (torch.Tensor): Input tensor of shape (batch_size, in_features).

        Returns:
            torch.Tensor: Output tensor of shape (batch_size, out_features).
        """
        x = self.matmul(x) + self.bias
        original_x = x.clone().detach()
        x = torch.nn.functional.silu(x) * self.scaling_factor
        return x + original_x


batch_size = {number}
in_features = 8192
out_features = 8192
scaling_factor = 0.5


def get_inputs():
    return [torch.rand(batch_size, in_features)]


def get_init_inputs():
    return [in_features, out_features, scaling_factor]
'''

METADATA = """
METADATA = {
    "description": "A linear layer, swish, a scale and a residual.",
    "level": 2,
    "tags": ["fused", "matmul"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"batch_size": 127, "in_features": 1013}},
        {"name": "small", "constants": {"batch_size": 3, "in_features": 65}},
    ],
}
"""


def main() -> None:
    """Print one line per kind of source."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    count = parser.parse_args().count
    print(f"{count:,} problems        seconds  plain read  ratio  parser alone")
    with tempfile.TemporaryDirectory() as name:
        for label, tail in (("", ""), (", with metadata", METADATA)):
            root = Path(name, "with" if tail else "without")
            sources = [REFERENCE.format(number=number) + tail for number in range(count)]
            folder, table = write(root, sources)
            parsing = seconds_of(partial(parse_all, sources))
            for kind, path, read in (("folder", folder, read_all), ("JSONL", table, read_lines)):
                loading = seconds_of(partial(load_and_list, [path], count))
                plain = seconds_of(partial(read, path))
                figures = f"{loading:8.2f} {plain:11.2f} {loading / plain:6.1f} {parsing:13.2f}"
                print(f"{kind + label:22} {figures}")
    generated = seconds_of(partial(load_and_list, [f"generated/train/0-{count - 1}"], count))
    print(f"{'generated':22} {generated:8.2f}")


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write(root: Path, sources: list[str]) -> tuple[Path, Path]:
    """Write the references as files and as one table."""
    folder, table = root / "files", root / "table.jsonl"
    folder.mkdir(parents=True)
    for number, source in enumerate(sources):
        (folder / f"{number}_problem.py").write_text(source)
    rows = (json.dumps({"name": f"p{k}", "code": source}) for k, source in enumerate(sources))
    table.write_text("\n".join(rows))
    return folder, table


def read_all(folder: Path) -> int:
    """Read every file of a folder and do nothing with it."""
    return sum(len(path.read_bytes()) for path in sorted(folder.iterdir()))


def read_lines(table: Path) -> int:
    """Read every row of a table and do nothing with it."""
    with table.open() as file:
        return sum(len(json.loads(line)) for line in file)


def parse_all(sources: list[str]) -> None:
    """Let Python itself find out whether all of it is Python: nothing can be quicker."""
    for source in sources:
        symtable.symtable(source, "reference", "exec")


def load_and_list(sources: list[str | Path], count: int) -> list[str]:
    """Load problems, and make the lines that a list of them shows."""
    problems = load_problems(sources).problems
    assert len(problems) == count
    return [f"{problem.name} {problem.metadata.level} {problem.licence}" for problem in problems]


if __name__ == "__main__":
    main()
