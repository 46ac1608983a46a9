"""Talking with a model: what it is asked, what its replies mean, what it is told about them."""

from kerneldojo.dialogue.feedback import Feedback, feedback, feedback_on_reply
from kerneldojo.dialogue.prompts import Prompts, hardware_facts
from kerneldojo.dialogue.reply import Reply, ReplyProblem, parse_reply

__all__ = [
    "Feedback",
    "Prompts",
    "Reply",
    "ReplyProblem",
    "feedback",
    "feedback_on_reply",
    "hardware_facts",
    "parse_reply",
]
