"""Policies: whatever answers a conversation."""

from kerneldojo.policies.base import OnText, Policy

__all__ = ["OnText", "Policy"]
