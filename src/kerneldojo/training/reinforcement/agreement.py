"""How sure the policy is, and how far trainer and sampler agree."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from kerneldojo.rl import MISMATCH_RULES, correct_mismatch


@dataclass(frozen=True)
class Agreement:
    """Sums over the tokens that were looked at; plain, so that it can be sent."""

    tokens: int = 0
    entropy: float = 0.0
    kl: float = 0.0
    effective: float = 0.0
    """Effective sample size of each batch times its tokens."""

    @classmethod
    def of(
        cls, train_RL: Tensor, sampled_RL: Tensor, entropies_RL: Tensor, mask_RL: Tensor
    ) -> Agreement:
        """Look at the tokens of some rows.

        Args:
            train_RL: log-probabilities of the model in training.
            sampled_RL: those of the sampler.
            entropies_RL: of the model in training.
            mask_RL: which tokens to look at.

        Raises:
            UsageError: if a log-probability is NaN.
        """
        if not mask_RL.any():
            return cls()
        rule = MISMATCH_RULES["none"]
        found = correct_mismatch(train_RL, sampled_RL, mask_RL, rule=rule).diagnostics
        return cls(
            found.tokens,
            float(entropies_RL.detach()[mask_RL].double().sum()),
            found.kl_k3 * found.tokens,
            found.effective_sample_size * found.tokens,
        )

    def __add__(self, other: Agreement) -> Agreement:
        """Put together what was looked at apart."""
        return Agreement(
            self.tokens + other.tokens,
            self.entropy + other.entropy,
            self.kl + other.kl,
            self.effective + other.effective,
        )
