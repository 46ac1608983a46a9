"""Our agent loop as verl makes and runs it, with a made-up server and judge."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("verl", reason="verl is not installed: make test-verl", exc_type=ImportError)

from omegaconf import OmegaConf
from verl.experimental.agent_loop.agent_loop import DictConfigWrap

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl import agent_loop
from kerneldojo.integrations.verl.handover import FIELD, Handover
from kerneldojo.integrations.verl.settings import read_settings
from kerneldojo.integrations.verl.sharing import Shared
from tests.dialogue.talk import Judge, code, problem
from tests.integrations.verl import fakes

TABLE = {"dialogue": {"turns": 2, "example": False}}
ROW = {"problem": problem().model_dump_json(), "session_id": 3, "raw_prompt": [], "uid": "u"}


def configuration(mode: str = "kerneldojo", estimator: str = "kerneldojo_trloo") -> Any:
    return OmegaConf.create(
        {
            "trainer": {"v1": {"trainer_mode": mode}},
            "algorithm": {"adv_estimator": estimator},
            "actor_rollout_ref": {
                "model": {"path": "somewhere/tiny"},
                "rollout": {
                    "prompt_length": 16384,
                    "response_length": 4096,
                    "max_model_len": None,
                },
            },
            "data": {},
            "kerneldojo": TABLE,
        }
    )


def run(
    monkeypatch: pytest.MonkeyPatch,
    server: fakes.Server,
    config: Any = None,
    row: dict[str, Any] = ROW,
) -> list[Any]:
    asked: list[Any] = []

    def shared(table: Any) -> Shared:
        asked.append(table)
        return Shared(read_settings(table), Judge(), "a GPU of ours")

    monkeypatch.setattr(agent_loop, "shared", shared)
    config = config or configuration()

    async def work() -> list[Any]:
        loop = agent_loop.KernelDojoLoop(
            trainer_config=DictConfigWrap(config),
            server_manager=server,
            tokenizer=server.tokens.tokenizer,
            processor=None,
            dataset_cls=object,
            data_config=DictConfigWrap(config.data),
            tools=SimpleNamespace(tools=[]),
        )
        return await loop.run(dict(fakes.DRAWING), **row)

    outputs = asyncio.run(work())
    assert asked == [TABLE]
    return outputs


def test_a_trajectory_in_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    server = fakes.Server(fakes.chatml(), code("wrong"), code("correct", 1.3))
    [output] = run(monkeypatch, server)
    handover = Handover.from_dict(output.extra_fields[FIELD])
    assert handover.sample == 3
    (_, _, end), (_, start, last) = handover.spans
    assert tuple(output.response_ids[start:last]) == server.replies[1]
    assert output.prompt_ids == server.asked[0]["prompt_ids"]
    assert [*output.prompt_ids, *output.response_ids[:start]] == server.asked[1]["prompt_ids"]
    row = output.as_dict()
    assert row["rm_scores"].nonzero().flatten().tolist() == [last - 1], "the first earned nothing"
    assert float(row["rm_scores"][last - 1]) == pytest.approx(handover.turns[1].reward)
    assert row["response_mask"].sum() == end + last - start
    assert row["rollout_log_probs"][0] == pytest.approx(-0.01)
    assert len(row["rollout_log_probs"]) == len(row["responses"]) == len(row["rm_scores"])
    assert "rewards" not in row
    assert row["extra_fields"]["min_global_steps"] == 1
    assert row["extra_fields"]["max_global_steps"] == 2
    assert row["num_turns"] == 4
    assert output.metrics.num_preempted == 2


def test_the_model_is_told_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    server = fakes.Server(fakes.chatml(), code("wrong"), code("wrong"))
    run(monkeypatch, server)
    assert "a GPU of ours" in server.tokens.text(server.asked[0]["prompt_ids"])


def test_figures_of_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    [output] = run(
        monkeypatch, fakes.Server(fakes.chatml(), code("correct", 1.1), code("correct", 0.9, "b"))
    )
    figures = output.extra_fields["reward_extra_info"]
    assert figures["correct"] == 1
    assert (figures["fast_1"], figures["best_fast_1"], figures["best_fast_1_2"]) == (0, 1, 0)
    assert figures["best_reward"] > figures["last_reward"]


def test_a_row_for_each_turn_needs_our_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    def server() -> fakes.Server:
        thought = "<think>\nhm\n</think>\n\n"
        return fakes.Server(
            fakes.forgetful(), thought + code("wrong"), thought + code("correct", 2.0)
        )

    assert len(run(monkeypatch, server())) == 2
    with pytest.raises(UsageError, match="trainer_mode=kerneldojo"):
        run(monkeypatch, server(), configuration(mode="sync"))
    assert len(run(monkeypatch, server(), configuration(mode="sync", estimator="grpo"))) == 2


def test_under_verls_trainers_a_lost_turn_masks_all(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [code("failed"), code("correct", 2.0)]
    [ours] = run(monkeypatch, fakes.Server(fakes.chatml(), *lines))
    [theirs] = run(monkeypatch, fakes.Server(fakes.chatml(), *lines), configuration(mode="sync"))
    assert any(ours.response_mask)
    assert not any(theirs.response_mask)


def test_nothing_comes_of_a_dead_server(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, fakes.Server(fakes.chatml(), RuntimeError("gone"))) == []


def test_data_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="prepare"):
        run(monkeypatch, fakes.Server(fakes.chatml()), row={"uid": "u", "prompt": "?"})
