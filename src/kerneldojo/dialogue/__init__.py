"""Talking with a model: what its replies mean, and what it is told about them."""

from kerneldojo.dialogue.feedback import Feedback, feedback, feedback_on_reply
from kerneldojo.dialogue.reply import Reply, ReplyProblem, parse_reply

__all__ = ["Feedback", "Reply", "ReplyProblem", "feedback", "feedback_on_reply", "parse_reply"]
