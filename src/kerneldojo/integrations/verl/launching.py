"""A recipe composed, checked and started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.integrations.verl.checking import Registered, check, look, refuse
from kerneldojo.integrations.verl.recipe import check_recipe
from kerneldojo.integrations.verl.settings import TABLE

_OPEN = (TABLE, "ray_kwargs.")
"""Tables whose keys are not verl's: ours, and what is handed on to Ray."""


def compose_recipe(recipe: str | Path, overrides: Sequence[str] = ()) -> Any:
    """Return verl's whole configuration as a recipe and overrides in Hydra's words make it.

    Raises:
        UsageError: if there is no such recipe, or it does not go together with verl's own files.
    """
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException

    file = Path(recipe).resolve()
    if not file.is_file():
        raise UsageError(f"{recipe}: there is no such recipe; recipes/verl holds ours")
    try:
        with initialize_config_dir(str(file.parent), version_base=None):
            return compose(file.stem, overrides=list(overrides))
    except HydraException as error:
        raise UsageError(f"{recipe}: {error}") from error


def check_config(config: Any) -> None:
    """Check a composed configuration by verl's rules and by ours.

    Raises:
        UsageError: if either finds fault with it.
    """
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.utils.config import validate_config

    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise UsageError(f"the configuration cannot be resolved: {error}") from error
    assert isinstance(plain, dict)
    _check_keys(plain)
    check_recipe(plain)
    try:
        validate_config(
            config=config,
            use_reference_policy=need_reference_policy(config),
            use_critic=need_critic(config),
        )
    except (AssertionError, ValueError, HydraException) as error:
        raise UsageError(f"verl does not accept the configuration: {error}") from error


def _check_keys(plain: Mapping[str, Any]) -> None:
    """Refuse keys that verl's own files do not have: Hydra takes them, and nobody reads them."""
    from hydra import compose, initialize_config_module
    from omegaconf import OmegaConf

    engine = plain.get("model_engine", "dp")
    with initialize_config_module("verl.trainer.config", version_base=None):
        composed = compose("ppo_trainer", overrides=[f"model_engine={engine}"])
    theirs: Any = OmegaConf.to_container(composed, resolve=True)
    unknown = [key for key in _unknown(plain, theirs) if not key.startswith(_OPEN)]
    if unknown:
        *parents, leaf = unknown[0].split(".")
        for parent in parents:
            theirs = theirs[parent]
        near = did_you_mean(leaf, list(theirs))
        raise UsageError(f"verl 0.9.1 has no setting {', '.join(unknown)}.{near}")


def _unknown(ours: Mapping[str, Any], theirs: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted keys that only the first has; an empty table of theirs takes any key."""
    for name, value in ours.items():
        if name not in theirs:
            yield prefix + name
        elif isinstance(value, Mapping) and theirs[name]:
            yield from _unknown(value, theirs[name], f"{prefix}{name}.")


def train(recipe: str | Path, overrides: Sequence[str] = ()) -> None:
    """Train by a recipe, after making sure that verl knows us in every process that will work.

    Raises:
        UsageError: if anything is amiss before training begins.
    """
    check()
    import ray
    from verl.trainer.main_ppo import TaskRunnerV1, run_ppo
    from verl.utils.device import auto_set_device

    config = compose_recipe(recipe, overrides)
    auto_set_device(config)
    check_config(config)
    # verl starts Ray as its own configuration wants it; the first task only looks around.
    run_ppo(config, task_runner_class=ray.remote(CheckingRunner))
    run_ppo(config, task_runner_class=TaskRunnerV1)


class CheckingRunner:
    """A task for verl's `run_ppo` that looks on every machine for what is registered there."""

    def run(self, config: Any) -> None:
        """Look.

        Raises:
            UsageError: naming the machine, what verl does not know there, and why.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        asked = [
            ray.remote(look)
            .options(
                num_cpus=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False),
            )
            .remote()
            for node in nodes
        ]
        answers: list[Registered] = ray.get(asked)
        for node, found in zip(nodes, answers, strict=True):
            refuse(f"a Ray worker on {node['NodeManagerHostname']}", found)
