"""Reports on runs: one HTML file that works offline, Markdown, CSV and JSON."""

from kerneldojo.reporting.write import report

__all__ = ["report"]
