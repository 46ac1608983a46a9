"""Talking with a model: what it is asked, what its replies mean, what it is told about them."""

from kerneldojo.dialogue.conduct import Conductor
from kerneldojo.dialogue.dialogue import Dialogue
from kerneldojo.dialogue.feedback import Feedback, feedback, feedback_on_reply
from kerneldojo.dialogue.prompts import Prompts, hardware_facts
from kerneldojo.dialogue.reply import Reply, ReplyProblem, parse_reply
from kerneldojo.dialogue.rollouts import Rules, agree, collect, hold, rollout
from kerneldojo.dialogue.stopping import Over
from kerneldojo.dialogue.strategy import Rollout, Strategy
from kerneldojo.dialogue.terms import Terms
from kerneldojo.dialogue.watcher import Watcher

__all__ = [
    "Conductor",
    "Dialogue",
    "Feedback",
    "Over",
    "Prompts",
    "Reply",
    "ReplyProblem",
    "Rollout",
    "Rules",
    "Strategy",
    "Terms",
    "Watcher",
    "agree",
    "collect",
    "feedback",
    "feedback_on_reply",
    "hardware_facts",
    "hold",
    "parse_reply",
    "rollout",
]
