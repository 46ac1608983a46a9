"""Lessons for the cold start: a teacher's conversations, judged, chosen and written down."""

from kerneldojo.lessons.account import Lessons, Told
from kerneldojo.lessons.teach import LESSONS, answerable, teach
from kerneldojo.lessons.unjudged import write_replies

__all__ = ["LESSONS", "Lessons", "Told", "answerable", "teach", "write_replies"]
