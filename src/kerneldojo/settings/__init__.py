"""Everything a user may choose, one file per subject.

Every field is documented in docs/settings.md; a test holds the two together.
"""

from kerneldojo.settings.dialogue import Budget, DialogueSettings, StopRules
from kerneldojo.settings.evaluation import (
    TARGET_PATTERN,
    EvaluationSettings,
    Limits,
    TimingPlan,
    Trials,
)
from kerneldojo.settings.policy import EndpointSettings, Sampling
from kerneldojo.settings.reinforcement import RlSettings
from kerneldojo.settings.reward import RewardPlan
from kerneldojo.settings.training import SftSettings

__all__ = [
    "TARGET_PATTERN",
    "Budget",
    "DialogueSettings",
    "EndpointSettings",
    "EvaluationSettings",
    "Limits",
    "RewardPlan",
    "RlSettings",
    "Sampling",
    "SftSettings",
    "StopRules",
    "TimingPlan",
    "Trials",
]
