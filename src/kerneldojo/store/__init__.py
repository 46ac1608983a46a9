"""What is kept: run directories, the evaluation cache, exports."""

from kerneldojo.store.lines import BadLine, LineWriter, read_lines
from kerneldojo.store.run import Run

__all__ = ["BadLine", "LineWriter", "Run", "read_lines"]
