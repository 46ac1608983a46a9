"""Policies: whatever answers a conversation."""

from kerneldojo.policies.base import OnText, Policy, Topic

__all__ = ["OnText", "Policy", "Topic"]
