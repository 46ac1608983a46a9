"""Policies by their names."""

from __future__ import annotations

from difflib import get_close_matches

from kerneldojo.errors import UsageError
from kerneldojo.policies.base import Policy
from kerneldojo.settings import EndpointSettings

_KINDS = """\
  NAME            the model of this name at policy.base_url
  http://…/v1     policy.model at this address
  replay:RUN      what was recorded in a run
  tour            the replies that come with the package
  dojo            a tiny model that comes with the package, for generated/mini-test
  gold            the bundled solutions of bundled problems
  templates:MIX   solutions of generated problems, good and bad ones
  mailbox:FOLDER  whoever answers the files in a folder
  hf:PATH         a model on this machine"""

_NAMES = ("tour", "dojo", "gold", "templates")


def open_policy(
    policy: str | EndpointSettings | None = None, settings: EndpointSettings | None = None
) -> Policy:
    """Return the policy that a name or settings stand for.

    Args:
        policy: a name such as `replay:runs/first`, `tour`, `mailbox:box`, `hf:models/small`, the
            address of an endpoint, or a model's name at one; or the settings alone.
        settings: of endpoints, where the name stands for one.

    Raises:
        UsageError: if there is no such policy, or something that it needs is missing.
    """
    if isinstance(policy, EndpointSettings):
        policy, settings = None, policy
    settings = settings or EndpointSettings()
    kind, colon, rest = (policy or "").partition(":")
    if kind in ("replay", "mailbox", "hf") and not (colon and rest):
        raise UsageError(f"the policy {policy!r} is incomplete. Policies are:\n{_KINDS}")
    if policy == "tour":
        from kerneldojo.policies.replayed import Replayed

        return Replayed.bundled()
    if policy == "dojo":
        from kerneldojo.policies.dojo import Dojo

        return Dojo()
    if policy == "gold":
        from kerneldojo.policies.gold import Gold

        return Gold()
    if kind == "templates":
        from kerneldojo.policies.templates import Templates

        return Templates.named(rest)
    if kind == "replay":
        from kerneldojo.policies.replayed import Replayed

        return Replayed(rest)
    if kind == "mailbox":
        from kerneldojo.policies.mailbox import Mailbox

        return Mailbox(rest)
    if kind == "hf":
        from kerneldojo.policies.local import LocalModel

        return LocalModel(rest)
    if policy is not None and (meant := get_close_matches(kind, _NAMES, cutoff=0.7)):
        raise UsageError(
            f"there is no policy {policy!r}. Did you mean {meant[0]!r}? A model so called is "
            f"asked for by policy.model (--model). Policies are:\n{_KINDS}"
        )
    return _endpoint(policy, settings)


def _endpoint(policy: str | None, settings: EndpointSettings) -> Policy:
    from kerneldojo.policies.endpoint import Endpoint

    if policy is not None:
        field = "base_url" if policy.startswith(("http://", "https://")) else "model"
        settings = settings.model_copy(update={field: policy})
    return Endpoint.from_settings(settings)
