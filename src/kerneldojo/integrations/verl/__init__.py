"""Training at scale with verl: our dialogues, verdicts and arithmetic within its trainer.

docs/verl.md says how. Nothing here loads verl before it is needed; verl finds `plugin` by itself.
"""

from kerneldojo.integrations.verl.checking import check

__all__ = ["check"]
