"""Training of models, on TRL: the cold start by supervised fine-tuning."""

from kerneldojo.training.sft import Teaching, fine_tune, prepare_sft

__all__ = ["Teaching", "fine_tune", "prepare_sft"]
