"""The closed sets of the domain: incident types, severities, outcomes, kinds of organisation.

Pages and messages show a code's words, in Japanese or in English; the API and the ledger carry the
code itself.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, assert_never

Language = Literal["ja", "en"]


class Severity(StrEnum):
    """How bad it is. Compare with `rank`: comparing the codes would compare their spelling."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"

    @property
    def rank(self) -> int:
        """Its place in the order: 4 for `critical` down to 0 for `none`."""
        return _RANKS[self]


class IncidentType(StrEnum):
    """What happened to the client, or to the device that speaks for them."""

    PENDANT_PRESS = "pendant_press"
    FALL = "fall"
    SUDDEN_CHANGE = "sudden_change"
    FEVER_ILLNESS = "fever_illness"
    NO_RESPONSE = "no_response"
    INACTIVITY = "inactivity"
    MISSING = "missing"
    FIRE_SMOKE = "fire_smoke"
    GAS_CO = "gas_co"
    WATER_LEAK = "water_leak"
    HEAT_COLD = "heat_cold"
    MEDICAL_DEVICE = "medical_device"
    MEDICATION_ERROR = "medication_error"
    ABUSE_SUSPECTED = "abuse_suspected"
    VISIT_MISSED = "visit_missed"
    CONSULTATION = "consultation"
    DEVICE_FAULT = "device_fault"
    LOW_BATTERY = "low_battery"
    POWER_FAILURE = "power_failure"
    COMM_LOST = "comm_lost"
    TEST = "test"
    DISASTER_CHECK = "disaster_check"
    OTHER = "other"


class NoticeKind(StrEnum):
    """What a party is told outside of incidents."""

    COVER_LOST = "cover.lost"
    COVER_REGAINED = "cover.regained"
    ROSTER_ENDING = "roster.ending"
    # Can you read this? The one notice that asks.
    CONTACT_CHECK = "contact.check"
    DUTY_REQUESTED = "duty.requested"
    DUTY_ANSWERED = "duty.answered"
    DUTY_UNCOVERED = "duty.uncovered"
    DUTY_RESUMED = "duty.resumed"
    # To who runs the installation, and the municipality whose log it is.
    LEDGER_STOPPED = "ledger.stopped"
    LEDGER_RUNS = "ledger.runs"
    # What the auditor finds, and that it finds it no more.
    AUDIT_FAULT = "audit.fault"
    AUDIT_CLEARED = "audit.cleared"


class Outcome(StrEnum):
    """How an incident ended; named by the holder who resolves it."""

    CLIENT_SAFE = "client_safe"
    FALSE_ALARM = "false_alarm"
    TREATED_ON_SITE = "treated_on_site"
    MEDICAL_VISIT = "medical_visit"
    AMBULANCE = "ambulance"
    HOSPITALISED = "hospitalised"
    DECEASED = "deceased"
    FORWARDED = "forwarded"
    NEXT_BUSINESS_DAY = "next_business_day"
    OTHER = "other"


class OrganisationKind(StrEnum):
    """What an organisation is to the client, or to the installation."""

    MUNICIPALITY = "municipality"
    SUPPORT_CENTRE = "support_centre"
    PROVIDER = "provider"
    MEDICAL = "medical"
    VOLUNTEER_GROUP = "volunteer_group"
    FAMILY = "family"
    OPERATOR = "operator"
    """Runs the installation; its contact points get the alarms that others cannot answer."""


LIFE_THREATENING: Final = frozenset(
    {IncidentType.FIRE_SMOKE, IncidentType.SUDDEN_CHANGE, IncidentType.GAS_CO}
)
"""Whoever opens one of these first is shown the direct number of the fire headquarters."""

QUIET_AT_NIGHT: Final = frozenset(
    {IncidentType.DEVICE_FAULT, IncidentType.LOW_BATTERY, IncidentType.POWER_FAILURE}
)
"""These wake nobody: from 21:00 to 07:00 local time the first page waits for the morning."""

RESTRICTED: Final = frozenset({IncidentType.ABUSE_SUSPECTED})
"""Family is never paged for, informed of or shown one of these: it may be whom it is about."""


def default_severity(incident_type: IncidentType) -> Severity:
    """The severity of an incident whose reporter states none.

    Source: CARE.md 1.8. A safety check after a disaster has no single severity there; it is taken
    as medium, like a client who has not been heard of.
    """
    return _INCIDENT_TYPES[incident_type].severity


def label(code: IncidentType | Severity | Outcome | OrganisationKind, language: Language) -> str:
    """The words that people read for a code."""
    words = _words(code)
    match language:
        case "ja":
            return words[0]
        case "en":
            return words[1]
        case _:
            assert_never(language)


class _TypeRow(NamedTuple):
    severity: Severity
    ja: str
    en: str


def _words(code: IncidentType | Severity | Outcome | OrganisationKind) -> tuple[str, str]:
    # One table per set: members of different sets are equal when their codes are ("other").
    match code:
        case IncidentType():
            row = _INCIDENT_TYPES[code]
            return row.ja, row.en
        case Severity():
            return _SEVERITIES[code]
        case Outcome():
            return _OUTCOMES[code]
        case OrganisationKind():
            return _ORGANISATION_KINDS[code]
        case _:
            assert_never(code)


_RANKS: Final = MappingProxyType(
    {
        Severity.CRITICAL: 4,
        Severity.HIGH: 3,
        Severity.MEDIUM: 2,
        Severity.LOW: 1,
        Severity.NONE: 0,
    }
)

_INCIDENT_TYPES: Final = MappingProxyType(
    {
        IncidentType.PENDANT_PRESS: _TypeRow(Severity.HIGH, "緊急ボタン", "Emergency button"),
        IncidentType.FALL: _TypeRow(Severity.HIGH, "転倒・転落", "Fall"),
        IncidentType.SUDDEN_CHANGE: _TypeRow(
            Severity.CRITICAL,
            "急変（呼吸・意識・胸痛）",
            "Sudden change (breathing, consciousness, chest pain)",
        ),
        IncidentType.FEVER_ILLNESS: _TypeRow(
            Severity.MEDIUM, "発熱・体調不良", "Fever or feeling ill"
        ),
        IncidentType.NO_RESPONSE: _TypeRow(
            Severity.HIGH, "安否不明（応答なし）", "No response, safety unknown"
        ),
        IncidentType.INACTIVITY: _TypeRow(
            Severity.MEDIUM, "長時間動きなし（センサー）", "No movement for long (sensor)"
        ),
        IncidentType.MISSING: _TypeRow(Severity.HIGH, "行方不明・徘徊", "Missing or wandering"),
        IncidentType.FIRE_SMOKE: _TypeRow(Severity.CRITICAL, "火災・煙", "Fire or smoke"),
        IncidentType.GAS_CO: _TypeRow(
            Severity.CRITICAL, "ガス漏れ・CO", "Gas leak or carbon monoxide"
        ),
        IncidentType.WATER_LEAK: _TypeRow(Severity.LOW, "水の出し放し", "Water left running"),
        IncidentType.HEAT_COLD: _TypeRow(
            Severity.HIGH, "熱中症・低温", "Heat stroke or hypothermia"
        ),
        IncidentType.MEDICAL_DEVICE: _TypeRow(
            Severity.MEDIUM,
            "医療機器・カテーテル・点滴トラブル",
            "Medical device, catheter or drip trouble",
        ),
        IncidentType.MEDICATION_ERROR: _TypeRow(Severity.MEDIUM, "誤薬", "Medication error"),
        IncidentType.ABUSE_SUSPECTED: _TypeRow(Severity.HIGH, "虐待の疑い", "Suspected abuse"),
        IncidentType.VISIT_MISSED: _TypeRow(
            Severity.MEDIUM, "訪問時不在・サービス未実施", "Absent at visit, service not given"
        ),
        IncidentType.CONSULTATION: _TypeRow(Severity.LOW, "相談", "Consultation"),
        IncidentType.DEVICE_FAULT: _TypeRow(Severity.LOW, "機器異常", "Device fault"),
        IncidentType.LOW_BATTERY: _TypeRow(Severity.LOW, "電池切れ", "Low battery"),
        IncidentType.POWER_FAILURE: _TypeRow(Severity.LOW, "停電", "Power failure"),
        IncidentType.COMM_LOST: _TypeRow(Severity.MEDIUM, "通信断", "Connection lost"),
        IncidentType.TEST: _TypeRow(Severity.NONE, "試験通報", "Test call"),
        IncidentType.DISASTER_CHECK: _TypeRow(
            Severity.MEDIUM, "災害時安否確認", "Safety check after a disaster"
        ),
        IncidentType.OTHER: _TypeRow(Severity.MEDIUM, "その他", "Other"),
    }
)

_SEVERITIES: Final = MappingProxyType(
    {
        Severity.CRITICAL: ("最重大", "Critical"),
        Severity.HIGH: ("高", "High"),
        Severity.MEDIUM: ("中", "Medium"),
        Severity.LOW: ("低", "Low"),
        Severity.NONE: ("なし", "None"),
    }
)

_OUTCOMES: Final = MappingProxyType(
    {
        Outcome.CLIENT_SAFE: ("本人無事", "Client safe"),
        Outcome.FALSE_ALARM: ("誤報", "False alarm"),
        Outcome.TREATED_ON_SITE: ("現地で処置", "Treated on site"),
        Outcome.MEDICAL_VISIT: ("受診", "Seen by a doctor"),
        Outcome.AMBULANCE: ("救急搬送", "Taken by ambulance"),
        Outcome.HOSPITALISED: ("入院", "Hospitalised"),
        Outcome.DECEASED: ("死亡", "Deceased"),
        Outcome.FORWARDED: ("他機関へ引継ぎ", "Passed on to another organisation"),
        Outcome.NEXT_BUSINESS_DAY: ("翌営業日に対応", "Left for the next business day"),
        Outcome.OTHER: ("その他", "Other"),
    }
)

_ORGANISATION_KINDS: Final = MappingProxyType(
    {
        OrganisationKind.MUNICIPALITY: ("市区町村", "Municipality"),
        OrganisationKind.SUPPORT_CENTRE: (
            "地域包括支援センター",
            "Community comprehensive support centre",
        ),
        OrganisationKind.PROVIDER: ("サービス事業者", "Care provider"),
        OrganisationKind.MEDICAL: ("医療機関", "Medical institution"),
        OrganisationKind.VOLUNTEER_GROUP: ("協力員・ボランティア", "Volunteer group"),
        OrganisationKind.FAMILY: ("家族・親族", "Family"),
        OrganisationKind.OPERATOR: ("システム運営者", "Operator of the system"),
    }
)
