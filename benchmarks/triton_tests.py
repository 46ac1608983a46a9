"""Runs Triton's own language tests on the CPU back end, and counts what becomes of them.

    python -m benchmarks.triton_tests /path/to/triton [--files test_core.py ...] [--sample 12]
        [--jobs 2] [--json out.json]

`/path/to/triton` is a checkout of Triton (or of a fork); its `python/test/unit/language` is run by
pytest with `--device cpu`, file by file. A test that takes its process down, by a signal or by
running out of time, has failed; the others go on in a new process. `--sample N` runs at most N
cases of each test function, the same ones every time.

Every test ends up in one of these columns:

* passed, failed;
* unsupported: the back end said so (`UnsupportedOperation`);
* skipped: by the test's own rules (among them xfail);
* GPU-only: by the rules in `triton_tests_rules`.

The rate is passed / (passed + failed + unsupported).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import triton_tests_rules as rules

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = Path("python/test/unit/language")
COLUMNS = ("passed", "failed", "unsupported", "skipped", "GPU-only")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test."""

    test: str
    column: str
    category: str
    reason: str
    seconds: float


def run_file(checkout: Path, file: Path, arguments: argparse.Namespace) -> list[Outcome]:
    """The outcomes of one file's tests."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "outcomes"
        command = [
            *(sys.executable, "-m", "pytest", "-p", "benchmarks.triton_tests_plugin"),
            *("-c", os.devnull, "--rootdir", str(checkout), "-q", "--tb=short", "-W", "ignore"),
            *("-n", str(arguments.jobs), "--max-worker-restart", "10000"),
            *("--timeout", str(arguments.timeout), "--timeout-method", "thread"),
            *("--device", "cpu", "--cases", str(arguments.sample), "--outcomes", str(lines)),
            str(file),
        ]
        environment = os.environ | {
            "TRITON_DEFAULT_BACKEND": "cpu",
            "TRITON_CACHE_DIR": str(Path(folder) / "cache"),
            "PYTHONPATH": os.pathsep.join(
                [str(REPOSITORY / "src"), str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
            ),
        }
        subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.DEVNULL)
        if not lines.exists():
            return []
        return [_outcome(json.loads(line)) for line in lines.read_text().splitlines()]


def _outcome(line: dict[str, object]) -> Outcome:
    test, message = str(line["test"]), str(line["message"])
    column, reason = rules.judge(test, str(line["outcome"]), message)
    seconds = float(str(line["seconds"]))
    return Outcome(test, column, rules.category(test), reason[:300], seconds)


def report(outcomes: list[Outcome]) -> None:
    """Prints the counts by file and by category, and every test that did not pass."""
    files = {o: o.test.split("::")[0].rsplit("/", 1)[-1] for o in outcomes}
    for title, groups in (("file", files), ("category", {o: o.category for o in outcomes})):
        print(f"\n| {title} | {' | '.join(COLUMNS)} | rate |\n|---|{'---:|' * (len(COLUMNS) + 1)}")
        for group in [*sorted(set(groups.values())), "all"]:
            chosen = [o for o in outcomes if group in ("all", groups[o])]
            counts = Counter(o.column for o in chosen)
            cells = " | ".join(str(counts[column]) for column in COLUMNS)
            print(f"| {group} | {cells} | {_rate(counts)} |")
    for column in ("failed", "unsupported"):
        print(f"\n{column}:")
        chosen = [o for o in outcomes if o.column == column]
        reasons = Counter((o.test.split("::")[-1].split("[")[0], o.reason[:120]) for o in chosen)
        for (test, reason), count in reasons.most_common():
            print(f"  {count} x {test}: {reason}")


def _rate(counts: Counter[str]) -> str:
    counted = counts["passed"] + counts["failed"] + counts["unsupported"]
    return f"{counts['passed'] / counted:.1%}" if counted else "-"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checkout", type=Path, nargs="?", help="a checkout of Triton")
    parser.add_argument("--files", nargs="+", default=[], help="file names; all by default")
    parser.add_argument("--sample", type=int, default=0, help="cases of each function; 0: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one test")
    parser.add_argument("--json", type=Path, help="where every outcome is written")
    arguments = parser.parse_args()
    if arguments.checkout is None:
        print("Nothing is run: this needs the path of a checkout of Triton.")
        return 0
    checkout = arguments.checkout.resolve()
    names = arguments.files or sorted(p.name for p in (checkout / TESTS).glob("test_*.py"))
    outcomes: list[Outcome] = []
    for name in names:
        start = time.perf_counter()
        found = run_file(checkout, checkout / TESTS / name, arguments)
        counts = Counter(o.column for o in found)
        print(f"{name}: {dict(counts)} in {time.perf_counter() - start:.0f} s", flush=True)
        outcomes += found
    report(outcomes)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(o) for o in outcomes], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
