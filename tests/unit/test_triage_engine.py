"""From fired rules to level, flags, advice and evidence; and what happens when triage itself fails."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from chalicelib.models.answers import Answers
from chalicelib.models.vocabulary import CHOICES, rank
from chalicelib.observability import JsonLine
from chalicelib.triage.advice import ADVICE, choose_advice
from chalicelib.triage.engine import triage
from chalicelib.triage.facts import Facts
from chalicelib.triage.rules import CompiledRule, RuleSet, load_rules
from chalicelib.wording.help_lines import help_lines
from chalicelib.wording.texts import entries, text

SIGNS = sorted(CHOICES["urgent_signs"] - {"none"})
BROKEN_DETAIL = "Ann Example wrote this"


def codes(**answers: Any) -> list[str]:
    return [advice.code for advice in triage(Answers(**answers)).advice]


def text_keys(**answers: Any) -> list[str]:
    return [advice.text_key for advice in triage(Answers(**answers)).advice]


def with_broken_rule(*, rule_id: str) -> RuleSet:
    def broken(_: Facts) -> tuple[str, ...] | None:
        raise RuntimeError(BROKEN_DETAIL)

    rules = load_rules()
    return replace(
        rules,
        compiled=tuple(CompiledRule(item.rule, broken) if item.rule.id == rule_id else item for item in rules.compiled),
    )


def test_level_is_the_highest_that_fired() -> None:
    for one, other in combinations(SIGNS, 2):
        levels = [triage(Answers(urgent_signs=(sign,))).level for sign in (one, other)]
        together = triage(Answers(urgent_signs=(one, other))).level

        assert together == max(levels, key=rank)


def test_a_withdrawn_sign_counts_like_a_ticked_one_and_is_flagged() -> None:
    for sign in SIGNS:
        ticked = triage(Answers(urgent_signs=(sign,)))
        withdrawn = triage(Answers(urgent_signs=("none",), urgent_signs_withdrawn=(sign,)))

        assert withdrawn.level == ticked.level
        assert "flag_withdrawn" in withdrawn.flags
        assert "call_911" in [advice.code for advice in withdrawn.advice]


def test_none_beside_a_sign_changes_nothing() -> None:
    for sign in SIGNS:
        expected = triage(Answers(urgent_signs=(sign,)))
        found = triage(Answers(urgent_signs=("none", sign)))

        assert found == expected


def test_more_answers_never_lower_a_level() -> None:
    calm: dict[str, Any] = {
        "about": "prices",
        "self_harm": "no",
        "crps_diagnosis": "no",
        "health_conditions": ("none",),
    }
    for sign in SIGNS:
        alone = triage(Answers(urgent_signs=(sign,))).level
        among_calm_answers = triage(Answers(urgent_signs=(sign,), **calm)).level

        assert among_calm_answers == alone


def test_no_rule_with_a_level_means_routine_and_a_call() -> None:
    found = triage(Answers(about="someone_else", urgent_signs=("none",)))

    assert found.level == "routine"
    assert [advice.code for advice in found.advice] == ["we_call"]
    assert found.flags == ("on_behalf",)


def test_unanswered_urgent_signs_are_a_flag_and_no_level() -> None:
    found = triage(Answers(about="prices"))

    assert (found.level, found.flags) == ("info", ("red_flags_not_asked",))


def test_evidence_names_the_answers_that_fired_a_rule() -> None:
    found = triage(Answers(urgent_signs=("cold_limb",), urgent_signs_withdrawn=("chest_breathing",)))
    evidence = {fired.id: fired.evidence for fired in found.fired}

    assert evidence["EM-03"] == ("urgent_signs: cold_limb",)
    assert evidence["EM-01"] == ("urgent_signs_withdrawn: chest_breathing",)


def test_evidence_holds_the_words_that_matched_and_the_reason_shows_them() -> None:
    message = "Hola. Ya no puedo, me quiero MATAR hoy."
    found = next(fired for fired in triage(Answers(message=message)).fired if fired.id == "CR-02")

    assert found.evidence == ('text: "Ya no puedo, me quiero MATAR hoy"',)
    assert found.reason == 'Words: "me quiero MATAR"'


def test_pattern_reason_counts_categories_and_says_that_it_is_no_diagnosis() -> None:
    answers = Answers(
        pain_areas=("arm_hand",),
        pain_side="left",
        out_of_proportion="yes",
        symptoms=("touch_hurts", "swelling", "stiffness"),
    )
    found = next(fired for fired in triage(answers).fired if fired.id == "PR-02")

    assert found.reason == "CRPS-like symptom pattern (3 of 4 categories); not a diagnosis"


def test_every_safety_condition_is_a_flag_and_never_a_level() -> None:
    for code in CHOICES["health_conditions"] - {"none", "unsaid"}:
        found = triage(Answers(about="call", urgent_signs=("none",), health_conditions=(code,)))

        assert (found.level, found.flags) == ("routine", (f"safety:{code}",))


def test_mood_and_anxiety_count_a_missing_item_as_zero() -> None:
    found = triage(Answers(urgent_signs=("none",), phq4_down=3, phq4_nervous=2))

    assert found.flags == ("mood",)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            {"urgent_signs": ("overdose", "swollen_limb"), "self_harm": "may_act"},
            ["call_911", "call_988", "see_doctor_today"],
        ),
        ({"message": "I took all my pills"}, ["call_911", "call_988"]),
        ({"self_harm": "thoughts_safe"}, ["call_988"]),
        ({"urgent_signs": ("hot_joint",), "crps_diagnosis": "diagnosed"}, ["see_doctor_today"]),
        ({"message": "He hits me. She wants to die."}, ["help_for_other_988", "be_safe"]),
        ({"crps_diagnosis": "diagnosed"}, ["we_call"]),
        ({"about": "prices"}, ["we_reply"]),
        ({}, ["we_call"]),
        ({"phq4_nervous": 3, "phq4_worry": 3, "phq4_down": 3}, ["call_988", "we_call"]),
    ],
)
def test_safety_advice_comes_first_and_a_promise_only_at_the_final_level(
    answers: dict[str, Any], expected: list[str]
) -> None:
    found = codes(**answers)

    assert found == expected


def test_the_mild_988_line_gives_way_to_the_full_text() -> None:
    severe = {"phq4_nervous": 3, "phq4_worry": 3, "phq4_down": 3}

    assert text_keys(**severe) == ["call_988_line", "we_call"]
    assert text_keys(**severe, self_harm="may_act") == ["call_988"]


def test_advice_is_given_once() -> None:
    found = choose_advice(["call_911", "call_911", "we_call"], ["we_call", "we_call"])

    assert [advice.code for advice in found] == ["call_911", "we_call"]


def test_every_advice_has_a_text_in_both_languages_that_nobody_signed_off() -> None:
    for language in ("en", "es"):
        found = entries(language, "advice")

        assert ADVICE.keys() <= found.keys()
        assert {(entry["approved_by"], entry["approved_on"]) for entry in found.values()} == {("", "")}
        assert all(entry["source"] and entry["checked_on"] for entry in found.values())
        assert "Tuesday" in text(language, "advice.we_call", date="Tuesday")


def test_spanish_crisis_texts_say_how_to_reach_spanish_speakers() -> None:
    for key in ("call_988", "call_988_line", "help_for_other_988", "footer", "crisis_line"):
        found = text("es", f"advice.{key}")

        assert "oprim" in found
        assert "AYUDA" in found


def test_help_lines_name_number_source_and_date() -> None:
    lines = help_lines()

    assert list(lines) == ["emergency", "crisis", "veterans", "domestic_violence", "poison"]
    assert all(line.source and line.checked_on and line.tel.startswith("tel:") for line in lines.values())


def test_a_rule_that_raises_makes_the_enquiry_urgent_and_not_scored() -> None:
    found = triage(Answers(about="prices", urgent_signs=("none",)), with_broken_rule(rule_id="PR-01"))

    assert found.level == "urgent"
    assert found.flags == ("not_scored",)
    assert [(fired.id, fired.reason) for fired in found.fired] == [("MT-01", "Not scored: read now")]
    assert [advice.code for advice in found.advice] == ["we_call"]
    assert found.rules_version == load_rules().version


def test_a_rule_that_raises_does_not_hide_an_emergency() -> None:
    found = triage(Answers(urgent_signs=("chest_breathing",)), with_broken_rule(rule_id="EM-02"))

    assert found.level == "emergency"
    assert {"EM-01", "MT-01"} <= {fired.id for fired in found.fired}
    assert [advice.code for advice in found.advice] == ["call_911"]


def test_answers_that_cannot_be_read_at_all_are_not_scored() -> None:
    found = triage(None)  # type: ignore[arg-type]

    assert (found.level, found.flags) == ("urgent", ("not_scored",))


def test_rules_that_cannot_be_read_at_all_are_not_scored() -> None:
    found = triage(Answers(), object())  # type: ignore[arg-type]

    assert (found.level, found.flags, found.rules_version) == ("urgent", ("not_scored",), "unknown")


def test_a_failure_is_logged_without_values(caplog: pytest.LogCaptureFixture) -> None:
    triage(Answers(message="my secret words"), with_broken_rule(rule_id="EM-01"))
    lines = [JsonLine().format(record) for record in caplog.records]

    assert [json.loads(line)["message"] for line in lines] == ["triage failed"]
    assert json.loads(lines[0])["error_type"] == "RuntimeError"
    assert not any(word in lines[0] for word in ("secret", BROKEN_DETAIL))
