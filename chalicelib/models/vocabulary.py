"""The codes of every choice: one vocabulary for JSON, HTML, rules, storage and export (contract, design section 3)."""

from __future__ import annotations

from typing import Literal, get_args

About = Literal["call", "prices", "other_question", "someone_else", "existing_patient", "professional"]
AgeGroup = Literal["under_18", "18_64", "65_plus", "unsaid"]
CrpsDiagnosis = Literal["diagnosed", "suspected", "no", "unsure"]
CrpsType = Literal["type_1", "type_2", "unsure"]
HealthCondition = Literal[
    "blood_pressure",
    "heart_stroke",
    "psychosis_mania",
    "liver",
    "head_eye_pressure",
    "thyroid",
    "alcohol_drugs",
    "ketamine_reaction",
    "pregnant_breastfeeding",
    "none",
    "unsaid",
]
OutOfProportion = Literal["yes", "no", "unsure"]
PainArea = Literal["arm_hand", "leg_foot", "back_neck", "head_face", "trunk", "all_over"]
PainDuration = Literal["under_6_weeks", "6_weeks_3_months", "3_12_months", "1_5_years", "over_5_years"]
PainSide = Literal["left", "right", "spread", "both"]
PainTrigger = Literal[
    "fracture_sprain", "surgery", "nerve_injury", "other_injury", "cast_splint", "stroke_heart", "illness", "unknown"
]
PreferredContact = Literal["phone", "email", "text", "any"]
SelfHarm = Literal["no", "thoughts_safe", "may_act", "unsaid"]
Symptom = Literal[
    "touch_hurts",
    "heat_cold_pressure",
    "temperature_difference",
    "skin_colour",
    "swelling",
    "sweating",
    "stiffness",
    "weakness_tremor",
    "hair_nails_skin",
]
Treatment = Literal[
    "physical_therapy",
    "psychotherapy",
    "nsaids",
    "corticosteroids",
    "opioids",
    "botulinum_toxin",
    "nerve_block",
    "spinal_cord_stimulator",
    "ketamine",
    "other",
    "none",
]
UrgentSign = Literal[
    "chest_breathing",
    "stroke_signs",
    "cold_limb",
    "saddle_bladder_bowel",
    "ill_hot_skin",
    "tight_after_injury",
    "swollen_limb",
    "hot_joint",
    "new_injury",
    "overdose",
    "opioid_withdrawal",
    "none",
]

CHOICES: dict[str, frozenset[str]] = {
    "about": frozenset(get_args(About)),
    "age_group": frozenset(get_args(AgeGroup)),
    "crps_diagnosis": frozenset(get_args(CrpsDiagnosis)),
    "crps_type": frozenset(get_args(CrpsType)),
    "health_conditions": frozenset(get_args(HealthCondition)),
    "out_of_proportion": frozenset(get_args(OutOfProportion)),
    "pain_areas": frozenset(get_args(PainArea)),
    "pain_duration": frozenset(get_args(PainDuration)),
    "pain_side": frozenset(get_args(PainSide)),
    "pain_trigger": frozenset(get_args(PainTrigger)),
    "preferred_contact": frozenset(get_args(PreferredContact)),
    "self_harm": frozenset(get_args(SelfHarm)),
    "symptoms": frozenset(get_args(Symptom)),
    "treatments_tried": frozenset(get_args(Treatment)),
    "urgent_signs": frozenset(get_args(UrgentSign)),
    "urgent_signs_withdrawn": frozenset(get_args(UrgentSign)),
}
"""Each field of choices and its codes. The fields not listed here take text, numbers or yes and no."""

Language = Literal["en", "es"]
Level = Literal["info", "routine", "priority", "urgent", "crisis", "emergency"]
LEVELS: tuple[Level, ...] = ("info", "routine", "priority", "urgent", "crisis", "emergency")
"""Lowest first: the index is the rank of `clinical-evidence` (a)."""

SAFETY_ADVICE: frozenset[str] = frozenset({"call_911", "call_988", "help_for_other_988", "see_doctor_today", "be_safe"})

SYMPTOM_CATEGORIES: dict[str, frozenset[str]] = {
    "sensory": frozenset({"touch_hurts", "heat_cold_pressure"}),
    "vasomotor": frozenset({"temperature_difference", "skin_colour"}),
    "sudomotor": frozenset({"swelling", "sweating"}),
    "motor": frozenset({"stiffness", "weakness_tremor", "hair_nails_skin"}),
}
"""The four Budapest categories. Source: PMC5511749, table 1."""


def rank(level: Level) -> int:
    """0 for info to 5 for emergency."""
    return LEVELS.index(level)
