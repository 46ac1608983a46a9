"""One trajectory: what is asked, shown, forgotten, judged, counted, and written down."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.dialogue import Dialogue, Over, Rollout
from kerneldojo.errors import (
    ContextOverflow,
    InvalidProblem,
    PolicyRefused,
    PolicyUnavailable,
)
from kerneldojo.records import Completion, End, Evaluation, Finish, Status, Trajectory, Turn
from kerneldojo.settings import Budget, DialogueSettings, Sampling, StopRules
from kerneldojo.store import Run
from tests.dialogue.talk import Judge, Script, code, problem, terms


def explore(dialogue: Dialogue, turns: int) -> End:
    async def work() -> End:
        try:
            return await Rollout(turns).explore(dialogue)
        except Over as over:
            return over.end

    return asyncio.run(work())


def settings(**rules: object) -> DialogueSettings:
    return DialogueSettings(example=False, stop=StopRules(**rules))  # type: ignore[arg-type]


def test_each_turn_sees_all_that_went_before() -> None:
    script = Script("I do not know.", code("wrong"), code("correct", 1.5))
    dialogue = Dialogue(problem(), terms(script))
    assert explore(dialogue, 3) is End.TURNS
    roles = [[message.role for message in asked[0]] for asked in script.asked]
    assert roles == [
        ["user"],
        ["user", "assistant", "user"],
        ["user", "assistant"] * 2 + ["user"],
    ]
    first, second, third = dialogue.turns
    assert script.asked[2][0][:3] == script.asked[1][0]
    assert script.asked[1][0][1].content == "I do not know."
    assert script.asked[1][0][2].content == first.record.feedback
    assert third.record.context == (0, 1)
    assert third.record.parent == 1
    assert [turn.reward for turn in (first, second)] == [0.0, 0.0]
    assert third.reward == pytest.approx(1 + 1.5 + 0.973)
    assert dialogue.trajectory.best == third


def test_a_reply_without_code_gets_its_reason_and_no_evaluation() -> None:
    judge = Judge()
    dialogue = Dialogue(problem(), terms(Script("No."), judge))
    explore(dialogue, 1)
    record = dialogue.turns[0].record
    assert (record.reply_problem, record.reward, record.evaluation_id) == ("no_code", 0.0, None)
    assert "no Python code" in record.feedback
    assert judge.asked == []


def test_a_refusal_is_data() -> None:
    refusal = Completion(text="", finish=Finish.REFUSAL)
    dialogue = Dialogue(problem(), terms(Script(refusal)))
    explore(dialogue, 1)
    assert dialogue.turns[0].record.reply_problem == "refused"


def test_a_fault_of_ours_is_masked_and_not_blamed() -> None:
    dialogue = Dialogue(problem(), terms(Script(code("failed"), code("correct"))))
    explore(dialogue, 2)
    assert dialogue.turns[0].reward is None
    assert not dialogue.turns[0].record.valid
    assert "neither for nor against you" in dialogue.turns[0].record.feedback


def test_equal_code_is_judged_once_and_the_model_is_told() -> None:
    judge = Judge()
    script = Script(code("wrong"), code("wrong"), code("correct"))
    dialogue = Dialogue(problem(), terms(script, judge))
    explore(dialogue, 3)
    first, second, _ = dialogue.turns
    assert judge.asked == [("suite/x/one", "wrong"), ("suite/x/one", "correct")]
    assert second.record.repeats == 0
    assert second.evaluation == first.evaluation
    assert second.record.feedback.startswith("You gave this very code before.")
    assert dialogue.spent.evaluations == 2


def test_equal_code_said_at_the_same_time_is_judged_once() -> None:
    class Slow(Judge):
        def submit(self, *asked: Any) -> Future[Evaluation]:
            verdict, later = super().submit(*asked).result(), Future[Evaluation]()
            asyncio.get_running_loop().call_later(0.01, later.set_result, verdict)
            return later

    judge = Slow()
    dialogue = Dialogue(problem(), terms(Script(*[code("correct", 2.0)] * 3), judge))
    asyncio.run(dialogue.together(dialogue.turn(place) for place in "abc"))
    assert len(judge.asked) == 1
    assert [turn.record.repeats for turn in dialogue.turns] == [None, 0, 0]
    assert len({turn.record.evaluation_id for turn in dialogue.turns}) == 1


def test_what_a_fault_of_ours_kept_from_being_judged_is_tried_again() -> None:
    judge = Judge()
    dialogue = Dialogue(problem(), terms(Script(code("failed"), code("failed")), judge))
    explore(dialogue, 2)
    assert len(judge.asked) == 2


@pytest.mark.parametrize(
    ("rules", "lines", "end", "turns"),
    [
        ({"speedup_goal": 2.0}, [code("wrong"), code("correct", 2.0)], End.GOAL, 2),
        (
            {"speedup_goal": 2.0},
            [code("correct", 1.9), *(code("wrong", text=t) for t in "abcd")],
            End.TURNS,
            5,
        ),
        (
            {"patience": 2},
            [code("correct", 1.2), code("correct", 1.1), code("wrong")],
            End.PATIENCE,
            3,
        ),
        ({"repeats": 2}, [code("wrong")] * 3, End.REPEATS, 3),
        ({"repeats": None}, [code("wrong")] * 5, End.TURNS, 5),
    ],
)
def test_rules_end_a_dialogue(
    rules: dict[str, object], lines: list[str], end: End, turns: int
) -> None:
    dialogue = Dialogue(problem(), terms(Script(*lines), settings=settings(**rules)))
    assert explore(dialogue, 5) is end
    assert len(dialogue.turns) == turns


def test_masked_turns_do_not_try_ones_patience() -> None:
    lines = [
        code("correct", 1.2),
        code("failed", text="a"),
        code("failed", text="b"),
        code("wrong"),
    ]
    dialogue = Dialogue(problem(), terms(Script(*lines), settings=settings(patience=2)))
    assert explore(dialogue, 4) is End.TURNS


@pytest.mark.parametrize(
    ("budget", "turns"),
    [
        (Budget(turns=2), 2),
        (Budget(tokens=121), 2),
        (Budget(tokens=120), 1),
        (Budget(evaluations=3), 3),
        (Budget(money=0.6), 3),
    ],
)
def test_a_budget_ends_a_dialogue(budget: Budget, turns: int) -> None:
    lines = [code("wrong", text=str(number)) for number in range(5)]
    dialogue = Dialogue(problem(), terms(Script(*lines), budget=budget))
    assert explore(dialogue, 5) is End.BUDGET
    assert len(dialogue.turns) == turns


def test_turns_begun_together_cannot_overshoot() -> None:
    lines = [code("wrong", text=str(number)) for number in range(5)]
    dialogue = Dialogue(problem(), terms(Script(*lines), budget=Budget(turns=3)))

    async def work() -> None:
        await dialogue.together(dialogue.turn(f"try {number}") for number in range(5))

    with pytest.raises(Over):
        asyncio.run(work())
    assert [turn.record.place for turn in dialogue.turns] == ["try 0", "try 1", "try 2"]


def test_what_is_begun_is_finished_though_another_fails() -> None:
    script = Script(code("wrong"), PolicyUnavailable("down"), code("correct"))
    dialogue = Dialogue(problem(), terms(script))

    async def work() -> None:
        await dialogue.together(dialogue.turn(f"try {number}") for number in range(3))

    with pytest.raises(PolicyUnavailable):
        asyncio.run(work())
    assert {turn.record.place for turn in dialogue.turns} == {"try 0", "try 2"}


def test_what_does_not_fit_is_forgotten_worst_first() -> None:
    lines = [code("correct", 1.0), code("wrong"), code("correct", 2.0)]
    script = Script(*lines, ContextOverflow("too long"), ContextOverflow("too long"), "x")
    dialogue = Dialogue(problem(), terms(script))
    explore(dialogue, 4)
    last = dialogue.turns[3].record
    assert last.context == (2,)
    assert last.forgotten == (0, 1)


def test_the_room_is_known_beforehand_where_the_policy_says_so() -> None:
    script = Script(code("wrong", text="long " * 400), "x")
    script.context_length = 1000
    dialogue = Dialogue(problem(), terms(script, sampling=Sampling(max_tokens=300)))
    explore(dialogue, 2)
    assert dialogue.turns[1].record.forgotten == (0,)
    assert len(script.asked) == 2


def test_replies_as_long_as_the_context_are_a_mistake_and_no_end() -> None:
    script = Script("x")
    script.context_length = 4096
    dialogue = Dialogue(problem(), terms(script, sampling=Sampling(max_tokens=4096)))
    with pytest.raises(PolicyRefused, match=r"--set sampling\.max_tokens=2048"):
        explore(dialogue, 1)


def test_a_question_that_does_not_fit_ends_the_dialogue() -> None:
    dialogue = Dialogue(problem(), terms(Script(ContextOverflow("too long"))))
    assert explore(dialogue, 2) is End.CONTEXT
    assert dialogue.turns == []


def test_a_broken_problem_is_no_ones_failure() -> None:
    dialogue = Dialogue(problem(), terms(Script(code("invalid_problem"))))
    with pytest.raises(InvalidProblem, match="suite/x/one"):
        explore(dialogue, 1)
    assert dialogue.turns == []


def test_thinking_is_not_shown_again_unless_asked_for() -> None:
    said = "<think>a secret</think>" + code("wrong")
    for keep, seen in ((False, False), (True, True)):
        script = Script(said, "x")
        changed = DialogueSettings(example=False, keep_thinking=keep)
        explore(Dialogue(problem(), terms(script, settings=changed)), 2)
        assert ("a secret" in script.asked[1][0][1].content) is seen


def test_thinking_that_came_separately_is_shown_if_asked_for() -> None:
    said = Completion(text=code("wrong"), thinking="a secret")
    script = Script(said, "x")
    changed = DialogueSettings(example=False, keep_thinking=True)
    explore(Dialogue(problem(), terms(script, settings=changed)), 2)
    assert script.asked[1][0][1].content.startswith("<think>\na secret\n</think>")


def test_sampled_tokens_are_shown_as_they_were_sampled() -> None:
    said = Completion(text=code("wrong"), prompt_ids=(1, 2), sampled_ids=(3, 4), logprobs=(-1, -2))
    again = Completion(text="x", prompt_ids=(1, 2, 3, 4, 5), sampled_ids=(6,))
    script = Script(said, again)
    dialogue = Dialogue(problem(), terms(script))
    explore(dialogue, 2)
    assert script.asked[1][0][1].tokens == (3, 4)
    tokens = dialogue.turns[1].record.tokens
    assert tokens is not None
    assert (tokens.extends, tokens.prompt, tokens.sampled) == (0, (5,), (6,))


def test_thinking_that_came_apart_is_in_the_sampled_tokens_and_not_shown_again() -> None:
    said = Completion(
        text=code("wrong"), thinking="a secret", prompt_ids=(1, 2), sampled_ids=(3, 4)
    )
    for seen in (False, True):
        script = Script(said, "x")
        changed = DialogueSettings(example=False, keep_thinking=seen)
        explore(Dialogue(problem(), terms(script, settings=changed)), 2)
        assert script.asked[1][0][1].tokens is None


def test_half_characters_become_question_marks() -> None:
    dialogue = Dialogue(problem(), terms(Script("\ud800 oh")))
    explore(dialogue, 1)
    assert dialogue.turns[0].record.reply == "? oh"


def test_each_turn_has_a_seed_of_its_own_and_the_same_again() -> None:
    def seeds() -> list[int | None]:
        script = Script("a", "b", "c")
        explore(Dialogue(problem(), terms(script, sampling=Sampling(seed=7))), 3)
        return [sampling.seed for _, sampling, _ in script.asked]

    assert len(set(seeds())) == 3
    assert seeds() == seeds()


def test_a_place_is_taken_once() -> None:
    dialogue = Dialogue(problem(), terms(Script("a", "b")))

    async def twice() -> None:
        await dialogue.turn("here")
        await dialogue.turn("here")

    with pytest.raises(ValueError, match="here"):
        asyncio.run(twice())


def test_a_turn_is_on_disk_with_all_it_refers_to(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", "collect", {}) as run:
        dialogue = Dialogue(problem(), terms(Script(code("correct", 2.0), "x"), run=run), sample=3)
        run.add(problem())
        run.add(dialogue.record)
        explore(dialogue, 2)
        assert run.trajectories() == [dialogue.trajectory]
        (outcome,) = run.outcomes()
    assert (outcome.sample, outcome.turn, outcome.status) == (3, 0, Status.CORRECT)


def test_a_strategy_may_add_a_rule_of_its_own() -> None:
    dialogue = Dialogue(problem(), terms(Script("a", "b")))
    dialogue.rules.append(lambda turns: Over(End.ADVICE, "enough") if len(turns) == 2 else None)
    assert explore(dialogue, 3) is End.ADVICE
    assert len(dialogue.turns) == 2


def test_known_turns_are_recalled_and_count(tmp_path: Path) -> None:
    script = Script(code("wrong"), code("correct", 2.0))
    before = Dialogue(problem(), terms(script))
    explore(before, 2)
    known = Trajectory(before.record, problem(), before.turns)
    more = Script(code("correct", 3.0))
    after = Dialogue(problem(), terms(more, budget=Budget(turns=3)), known=known)
    assert explore(after, 4) is End.BUDGET
    assert after.turns[:2] == before.turns
    assert after.turns[2].record.number == 2
    assert len(more.asked[0][0]) == 5
    assert after.spent.money == 0.75


def test_a_turn_lost_in_an_interruption_gets_its_number_again() -> None:
    def together(dialogue: Dialogue) -> None:
        asyncio.run(dialogue.together(dialogue.turn(place) for place in "abc"))

    before = Dialogue(problem(), terms(Script("1", "2", "3")))
    together(before)
    known = Trajectory(before.record, problem(), [before.turns[1]])
    after = Dialogue(problem(), terms(Script("1", "3")), known=known)
    together(after)
    assert [(turn.number, turn.record.place, turn.record.reply) for turn in after.turns] == [
        (0, "a", "1"),
        (1, "b", "2"),
        (2, "c", "3"),
    ]


def test_no_number_is_used_twice() -> None:
    before = Dialogue(problem(), terms(Script("a", "b")))
    explore(before, 2)
    later = Turn(before.turns[1].record.model_copy(update={"number": 2}))
    known = Trajectory(before.record, problem(), [before.turns[0], later])
    after = Dialogue(problem(), terms(Script("c", "d")), known=known)
    explore(after, 4)
    assert [turn.number for turn in after.turns] == [0, 2, 3, 4]


def test_tries_that_never_saw_one_another_may_say_the_same() -> None:
    lines = [code("wrong")] * 4
    dialogue = Dialogue(problem(), terms(Script(*lines), settings=settings(repeats=2)))

    async def work() -> None:
        for number in range(4):
            await dialogue.turn(f"try {number}")

    asyncio.run(work())
    assert [turn.record.repeats for turn in dialogue.turns] == [None, 0, 0, 0]
