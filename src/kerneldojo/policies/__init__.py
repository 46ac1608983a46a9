"""Policies: whatever answers a conversation."""

from kerneldojo.policies.base import OnText, Policy, Topic
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.policies.open import open_policy
from kerneldojo.policies.replayed import Replayed
from kerneldojo.policies.scripted import Scripted

__all__ = ["Endpoint", "OnText", "Policy", "Replayed", "Scripted", "Topic", "open_policy"]
