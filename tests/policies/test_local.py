"""A model on this machine: batches, exact ids and log-probabilities, seeds, cancellation."""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from kerneldojo.errors import ContextOverflow, PolicyRefused, PolicyUnavailable, UsageError
from kerneldojo.policies import generation
from kerneldojo.policies.generation import distribution
from kerneldojo.policies.local import LocalModel
from kerneldojo.policies.open import open_policy
from kerneldojo.records import Completion, Finish, Message
from kerneldojo.settings import Sampling
from scripts import tiny_server
from tests.policies import tokenizers as families

CONTEXT = 256
GREEDY = Sampling(temperature=0, max_tokens=12)


def tiny(*, seed: int = 0, scale: float = 6.0) -> Any:
    """A Llama of some ten thousand parameters that is fairly sure of what it babbles."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(families.chatml()),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(scale * 4)
    return model


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads that wait for one another cost more than so small a model does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def loaded() -> Any:
    return tiny()


def local(model: Any, **options: Any) -> LocalModel:
    return LocalModel(model, families.chatml(), **options)


def user(content: str) -> tuple[Message, ...]:
    return (Message(role="user", content=content),)


def ask(policy: LocalModel, questions: Sequence[str], *samplings: Sampling) -> list[Completion]:
    """Ask all at once, in a loop of its own."""

    async def everything() -> list[Completion]:
        each = samplings if len(samplings) > 1 else samplings * len(questions)
        asked = [
            policy.complete(user(question), sampling)
            for question, sampling in zip(questions, each, strict=True)
        ]
        try:
            return list(await asyncio.gather(*asked))
        finally:
            await policy.close()

    return asyncio.run(everything())


def sizes_of_batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    real = generation.generate

    def generate(model: Any, requests: Any, *rest: Any) -> Any:
        sizes.append(len(requests))
        return real(model, requests, *rest)

    monkeypatch.setattr(generation, "generate", generate)
    return sizes


def logprobs_by_hand(
    model: Any, completion: Completion, temperature: float, top_p: float
) -> list[float]:
    """Of the sampled ids, computed in one pass and in plain words."""
    assert completion.prompt_ids is not None
    assert completion.sampled_ids is not None
    ids = [*completion.prompt_ids, *completion.sampled_ids]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double() / temperature
    found = []
    for place, token in enumerate(completion.sampled_ids, len(completion.prompt_ids)):
        probabilities = torch.softmax(logits[place - 1], dim=-1)
        kept, reached = [], 0.0
        for candidate in probabilities.argsort(descending=True).tolist():
            if reached >= top_p:
                break
            kept.append(candidate)
            reached += float(probabilities[candidate])
        assert token in kept
        found.append(math.log(float(probabilities[token]) / reached))
    return found


QUESTIONS = ["a", "Write a kernel that adds.", "Faster, please. " * 4, "漢字"]


def test_a_batched_reply_is_the_unbatched_one(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sizes_of_batches(monkeypatch)
    together = ask(local(loaded), QUESTIONS, GREEDY)
    alone = [ask(local(loaded), [question], GREEDY)[0] for question in QUESTIONS]
    assert sizes == [4, 1, 1, 1, 1]
    assert [c.sampled_ids for c in together] == [c.sampled_ids for c in alone]
    assert len({c.sampled_ids for c in together}) > 1


def test_greedy_takes_the_likeliest(loaded: Any) -> None:
    (completion,) = ask(local(loaded), ["a"], GREEDY)
    ids = list(completion.prompt_ids or ())
    for token in completion.sampled_ids or ():
        with torch.no_grad():
            assert int(loaded(torch.tensor([ids])).logits[0, -1].argmax()) == token
        ids.append(token)
    assert completion.logprobs == (0.0,) * 12


def test_log_probabilities_are_those_of_the_distribution_drawn_from(loaded: Any) -> None:
    settings = [(1.0, 1.0), (0.7, 1.0), (1.3, 0.9), (1.0, 0.5)]
    samplings = [
        Sampling(temperature=t, top_p=p, max_tokens=10, seed=number)
        for number, (t, p) in enumerate(settings)
    ]
    for completion, (temperature, top_p) in zip(
        ask(local(loaded), QUESTIONS, *samplings), settings, strict=True
    ):
        expected = logprobs_by_hand(loaded, completion, temperature, top_p)
        assert completion.logprobs == pytest.approx(expected, abs=1e-4)


def test_draws_are_as_likely_as_they_should_be() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    one, none = torch.ones(1), torch.zeros(1)
    assert distribution(logits, one, one, none).exp()[0].tolist() == pytest.approx([0.5, 0.3, 0.15, 0.05])
    halved = distribution(logits, one, torch.tensor([0.6]), none).exp()[0].tolist()
    assert halved == pytest.approx([0.625, 0.375, 0, 0])
    least = distribution(logits, one, torch.tensor([1e-6]), none).exp()[0].tolist()
    assert least == pytest.approx([1, 0, 0, 0])
    squared = distribution(logits, 0.5 * one, one, none).exp()[0]
    assert squared.tolist() == pytest.approx(
        [0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365]
    )
    likely = distribution(logits, one, one, torch.tensor([0.3])).exp()[0].tolist()
    assert likely == pytest.approx([10 / 19, 6 / 19, 3 / 19, 0])


def test_seeds_give_the_same_reply_whoever_else_is_asked(loaded: Any) -> None:
    seeded = Sampling(seed=7, max_tokens=10)
    other = Sampling(seed=8, max_tokens=20)
    policy = local(loaded)
    (alone,) = ask(policy, ["a"], seeded)
    among = ask(policy, ["b" * 30, "a", "a"], other, seeded, other)
    assert among[1].sampled_ids == alone.sampled_ids
    assert among[2].sampled_ids != alone.sampled_ids


def test_without_a_seed_replies_differ(loaded: Any) -> None:
    replies = ask(local(loaded), ["a"] * 4, Sampling(max_tokens=10))
    assert len({reply.sampled_ids for reply in replies}) == 4


def test_each_reply_ends_by_its_own_rules(loaded: Any) -> None:
    lengths = [1, 5, 9]
    replies = ask(
        local(loaded), ["a", "b", "c"], *(Sampling(seed=n, max_tokens=n) for n in lengths)
    )
    for reply, length in zip(replies, lengths, strict=True):
        ended = reply.sampled_ids is not None and len(reply.sampled_ids) < length
        assert reply.finish is (Finish.STOP if ended else Finish.LENGTH)
        assert reply.usage.completion_tokens == len(reply.sampled_ids or ()) <= length
        assert reply.usage.prompt_tokens == len(reply.prompt_ids or ())


def test_a_reply_ends_with_its_end() -> None:
    model, tokenizer = tiny(), families.chatml()
    (second,) = (ask(LocalModel(model, tokenizer), ["a"], GREEDY)[0].sampled_ids or ())[1:2]
    model.generation_config.eos_token_id = [second]
    (completion,) = ask(LocalModel(model, tokenizer), ["a"], GREEDY)
    assert completion.sampled_ids is not None
    assert completion.sampled_ids[-1] == second
    assert second not in completion.sampled_ids[:-1]
    assert completion.finish is Finish.STOP


def test_the_end_of_the_template_ends_a_reply_whatever_the_model_says(loaded: Any) -> None:
    policy = local(loaded)
    assert policy.tokens.ends <= policy.ends
    assert loaded.generation_config.eos_token_id is None


def test_the_models_own_ideas_of_sampling_are_left_aside(loaded: Any) -> None:
    expected = ask(local(loaded), ["a"], GREEDY)[0].sampled_ids
    model = tiny()
    assert expected is not None
    model.generation_config.suppress_tokens = list(expected)
    settings = model.generation_config
    model.train()
    assert ask(local(model), ["a"], GREEDY)[0].sampled_ids == expected
    assert model.generation_config is settings
    assert model.training


def test_a_second_turn_sends_the_ids_of_the_first(loaded: Any) -> None:
    policy = local(loaded)
    (first,) = ask(policy, ["a"], GREEDY)
    said = Message(role="assistant", content=first.text, tokens=first.sampled_ids)
    messages = (*user("a"), said, *user("b"))
    second = asyncio.run(policy.complete(messages, GREEDY))
    before = (*(first.prompt_ids or ()), *(first.sampled_ids or ()))
    assert second.prompt_ids is not None
    assert second.prompt_ids[: len(before)] == before


def test_a_reply_is_told_as_it_comes_and_whole(loaded: Any) -> None:
    pieces: list[str] = []
    told_while_waiting = []

    async def listen() -> Completion:
        task = asyncio.create_task(
            local(loaded).complete(
                user("a"), Sampling(seed=1, max_tokens=100), on_text=pieces.append
            )
        )
        while not task.done():
            told_while_waiting.append(len(pieces))
            await asyncio.sleep(0.001)
        return await task

    completion = asyncio.run(listen())
    assert "".join(pieces) == completion.text
    assert len(pieces) > 1
    assert max(told_while_waiting) > 0


def test_more_than_a_batch_waits_its_turn(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sizes_of_batches(monkeypatch)
    replies = ask(local(loaded, batch_size=2), list("abcde"), GREEDY)
    assert sizes == [2, 2, 1]
    assert len(replies) == 5


class Patient:
    """Holds the model's thread after a reply's first id, until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.steps = 0
        real = generation._Drawing._note

        def note(drawing: Any, *rest: Any) -> None:
            real(drawing, *rest)
            self.steps += 1
            self.begun.set()
            assert self.go_on.wait(60)

        monkeypatch.setattr(generation._Drawing, "_note", note)


def test_a_reply_nobody_waits_for_ends(loaded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = Patient(monkeypatch)
    endless = Sampling(seed=0, max_tokens=200)

    async def lose_interest() -> None:
        policy = local(loaded)
        task = asyncio.create_task(policy.complete(user("a"), endless))
        await asyncio.to_thread(patient.begun.wait, 60)
        never_begun = asyncio.create_task(policy.complete(user("b"), endless))
        await asyncio.sleep(0)
        task.cancel()
        never_begun.cancel()
        await asyncio.wait([task, never_begun])
        patient.go_on.set()
        await policy.close()
        assert task.cancelled()
        assert never_begun.cancelled()

    asyncio.run(lose_interest())
    assert patient.steps <= 2


def test_others_in_the_batch_go_on_when_one_is_cancelled(
    loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (expected,) = ask(local(loaded), ["b"], GREEDY)
    patient = Patient(monkeypatch)

    async def lose_interest() -> Completion:
        policy = local(loaded)
        first = asyncio.create_task(policy.complete(user("a"), GREEDY))
        second = asyncio.create_task(policy.complete(user("b"), GREEDY))
        await asyncio.to_thread(patient.begun.wait, 60)
        first.cancel()
        patient.go_on.set()
        return await second

    assert asyncio.run(lose_interest()).sampled_ids == expected.sampled_ids


def test_closing_ends_what_is_under_way_and_it_may_be_asked_again(
    loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = local(loaded)
    patient = Patient(monkeypatch)

    async def close_early() -> None:
        task = asyncio.create_task(policy.complete(user("a"), Sampling(max_tokens=200)))
        await asyncio.to_thread(patient.begun.wait, 60)
        closing = asyncio.create_task(policy.close())
        patient.go_on.set()
        await closing
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(close_early())
    assert len(ask(policy, ["a"], GREEDY)) == 1


def test_memory_running_out_halves_the_batch(
    loaded: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = ask(local(loaded), list("abcdefgh"), GREEDY)
    sizes = []
    real = generation.generate

    def generate(model: Any, requests: Any, *rest: Any) -> Any:
        sizes.append(len(requests))
        if len(requests) > 2:
            raise torch.OutOfMemoryError("too much")
        return real(model, requests, *rest)

    monkeypatch.setattr(generation, "generate", generate)
    policy = local(loaded)
    with caplog.at_level(logging.WARNING):
        replies = ask(policy, list("abcdefgh"), GREEDY)
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert [r.sampled_ids for r in replies] == [r.sampled_ids for r in expected]
    assert policy.batch_size == 2
    assert "memory ran out with 8 conversations at once; going on with 4" in caplog.text


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError("none left"), "with a single conversation"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "with a single conversation"),
        (RuntimeError("odd shapes"), "RuntimeError: odd shapes"),
    ],
)
def test_a_model_that_fails_is_unavailable(
    loaded: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def generate(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(generation, "generate", generate)
    with pytest.raises(PolicyUnavailable, match=message):
        ask(local(loaded), ["a"], GREEDY)


def test_a_model_that_says_nothing_definite_is_unavailable() -> None:
    model = tiny()
    with torch.no_grad():
        model.lm_head.weight.fill_(math.nan)
    with pytest.raises(PolicyUnavailable, match="not numbers"):
        ask(local(model), ["a"], GREEDY)


def test_the_context_bounds_prompt_and_reply(loaded: Any) -> None:
    policy = local(loaded)
    assert policy.context_length == CONTEXT
    room = CONTEXT - len(policy.tokens.prompt_ids(user("")))
    (short,) = ask(policy, ["\n" * (room - 3)], Sampling(seed=0, max_tokens=50))
    assert len(short.sampled_ids or ()) <= 3
    with pytest.raises(ContextOverflow, match="leaves no room for a reply"):
        ask(policy, ["\n" * room], GREEDY)


def test_models_with_a_last_position_carry_finished_rows_along() -> None:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(families.chatml()), n_positions=48, n_embd=16, n_layer=1, n_head=2,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    policy = local(GPT2LMHeadModel(config).eval())
    room = 48 - len(policy.tokens.prompt_ids(user("")))
    questions = ["\n" * (room - 2), ""]
    together = ask(policy, questions, Sampling(temperature=0, max_tokens=room))
    assert len(together[1].sampled_ids or ()) == room
    alone = ask(policy, questions[1:], Sampling(temperature=0, max_tokens=room))
    assert together[1].sampled_ids == alone[0].sampled_ids


def test_a_model_is_loaded_from_its_folder(loaded: Any, tmp_path: Path) -> None:
    folder = tmp_path / "tiny-llama"
    loaded.save_pretrained(folder)
    families.chatml().save_pretrained(folder)
    policy = LocalModel(folder, device="cpu")
    assert policy.name == "tiny-llama"
    (expected,), (found,) = ask(local(loaded), ["a"], GREEDY), ask(policy, ["a"], GREEDY)
    assert found.sampled_ids == expected.sampled_ids
    assert found.model == "tiny-llama"
    assert policy.count_tokens("one two") == len(families.chatml().encode("one two"))


def test_what_is_not_there_is_refused(loaded: Any, tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="no model can be read"):
        LocalModel(tmp_path)
    with pytest.raises(UsageError, match="needs a tokenizer"):
        LocalModel(loaded)
    loaded.save_pretrained(tmp_path / "model")
    with pytest.raises(PolicyRefused, match="does not go to the device 'abacus'"):
        LocalModel(tmp_path / "model", families.chatml(), device="abacus")


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match=r"pip install 'kerneldojo\[hf\]'"):
        LocalModel("anything")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_the_gpu_says_what_the_cpu_says(tmp_path: Path) -> None:
    model = tiny()
    expected = ask(local(model), QUESTIONS, GREEDY)
    found = ask(local(model.to("cuda")), QUESTIONS, GREEDY)
    assert [c.sampled_ids for c in found] == [c.sampled_ids for c in expected]


def test_the_script_makes_a_model_that_opens_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    monkeypatch.setattr(sys, "argv", ["tiny_server", "--folder", str(folder), "--make-only"])
    tiny_server.main()
    policy = open_policy(f"hf:{folder}")
    assert isinstance(policy, LocalModel)
    (reply,) = ask(policy, ["a"], Sampling(seed=0, max_tokens=4))
    assert reply.usage.completion_tokens > 0
    assert policy.context_length == tiny_server.CONTEXT
