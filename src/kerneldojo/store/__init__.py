"""What is kept: run directories, the evaluation cache, exports."""

from kerneldojo.store.cache import Cache, CacheStats, cache_key
from kerneldojo.store.export import export
from kerneldojo.store.find import find, find_turn, label
from kerneldojo.store.lines import BadLine, LineWriter, read_lines
from kerneldojo.store.rows import Row
from kerneldojo.store.run import Run
from kerneldojo.store.whole import write_whole

__all__ = [
    "BadLine",
    "Cache",
    "CacheStats",
    "LineWriter",
    "Row",
    "Run",
    "cache_key",
    "export",
    "find",
    "find_turn",
    "label",
    "read_lines",
    "write_whole",
]
