"""Policies: whatever answers a conversation."""

from kerneldojo.policies.base import OnText, Policy, Topic
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.policies.gold import Gold
from kerneldojo.policies.open import open_policy
from kerneldojo.policies.replayed import Replayed
from kerneldojo.policies.scripted import Scripted
from kerneldojo.policies.teacher import Teacher
from kerneldojo.policies.templates import Templates

__all__ = [
    "Endpoint",
    "Gold",
    "OnText",
    "Policy",
    "Replayed",
    "Scripted",
    "Teacher",
    "Templates",
    "Topic",
    "open_policy",
]
