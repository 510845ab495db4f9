"""The columns of a sheet: which fields they are, by English and Japanese names, and their cells."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.commands.sheets.rows import ImportKind
from app.protocols.kinds import OrganisationKind, label

Cell = Callable[[str], object]

_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_LIST: Final = re.compile(r"[;；,，、\n]+")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_HOURS: Final = re.compile(r"(\d{1,2}):(\d\d)\s*[-~〜–—―]\s*(\d{1,2}):(\d\d)")
_ALWAYS: Final = frozenset({"24h", "24時間", "終日", "常時"})
_CHANNELS: Final = MappingProxyType(
    {
        **dict.fromkeys(("メール", "eメール", "電子メール", "e-mail", "mail"), "email"),
        **dict.fromkeys(("受信箱", "インボックス"), "inbox"),
        "ウェブフック": "webhook",
    }
)
# Notes that people keep beside; they are not read.
_NOTES: Final = frozenset({"備考", "メモ", "注記", "note", "notes", "remarks", "#"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field, what else it is called, and how its cell is read."""

    field: str
    names: tuple[str, ...]
    read: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which column stands where; those that are not read are None."""

    columns: tuple[Column | None, ...]
    written: Mapping[str, str]
    """By field, what the sheet calls it."""
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]


def read_header(kind: ImportKind, cells: Sequence[str]) -> Header:
    """The columns that a first line names."""
    known = {_key(name): one for one in COLUMNS[kind] for name in (one.field, *one.names)}
    columns: list[Column | None] = []
    written: dict[str, str] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for cell in cells:
        key = _key(cell)
        column = known.get(key)
        columns.append(column)
        if column is None:
            if key and key not in _NOTES:
                unknown.append(cell.strip())
        elif column.field in written:
            repeated.append(cell.strip())
        else:
            written[column.field] = cell.strip()
    return Header(
        columns=tuple(columns), written=written, unknown=tuple(unknown), repeated=tuple(repeated)
    )


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_*＊-]|\((必須|任意|required|optional)\)", "", plain)


def _text(cell: str) -> object:
    return cell.strip()


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _several(cell: str) -> object:
    return [one.strip() for one in _LIST.split(cell) if one.strip()]


def _number(cell: str) -> object:
    plain = _plain(cell)
    return int(plain) if _DIGITS.fullmatch(plain) else plain


def _day(cell: str) -> object:
    matched = _DAY.fullmatch(_plain(cell))
    return f"{matched[1]}-{int(matched[2]):02}-{int(matched[3]):02}" if matched else _plain(cell)


def _hours(cell: str) -> object:
    plain = _plain(cell)
    if plain.lower() in _ALWAYS:
        return "24h"
    return [_interval(str(one)) for one in _LIST.split(plain) if str(one).strip()]


def _interval(text: str) -> str:
    matched = _HOURS.fullmatch(text.strip())
    if matched is None:
        return text.strip()
    return f"{int(matched[1]):02}:{matched[2]}-{int(matched[3]):02}:{matched[4]}"


def _channel(cell: str) -> object:
    plain = _plain(cell).casefold()
    return _CHANNELS.get(plain, plain)


def _kind(cell: str) -> object:
    plain = _plain(cell)
    names = {label(one, "ja"): one.value for one in OrganisationKind}
    names |= {"事業所": "provider", "訪問看護": "provider", "病院": "medical", "家族": "family"}
    names |= {"市町村": "municipality", "自治体": "municipality", "包括": "support_centre"}
    return names.get(plain, plain.casefold())


_ID: Final = Column("id", ("識別子",), _text)
_NAME: Final = Column("name", ("名称", "名前", "氏名"), _text)
_ORGANISATION: Final = Column(
    "organisation", ("organization", "機関", "機関名", "事業所", "事業所名", "法人"), _text
)
_OPEN: Final = Column("hours", ("時間", "営業時間", "受付時間", "使える時間", "対応時間"), _hours)
_DESK: Final = Column("desk", ("当番窓口", "窓口", "窓口名", "当番"), _text)
_PERSON: Final = Column("person", ("担当者", "担当者名", "担当", "職員", "職員名"), _text)

COLUMNS: Final[Mapping[ImportKind, Sequence[Column]]] = MappingProxyType(
    {
        ImportKind.ORGANISATIONS: (
            _ID,
            Column("name", (*_NAME.names, "機関名", "事業所名", "機関"), _text),
            Column("kind", ("種別", "区分", "機関種別"), _kind),
            Column("municipalities", ("市区町村", "市町村", "自治体"), _several),
        ),
        ImportKind.DESKS: (
            _ID,
            Column("name", (*_NAME.names, "当番窓口", "窓口", "窓口名"), _text),
            _ORGANISATION,
            _OPEN,
        ),
        ImportKind.PERSONS: (
            _ID,
            Column("name", (*_NAME.names, "担当者", "担当者名", "職員名"), _text),
            _ORGANISATION,
            Column("desks", ("当番窓口", "窓口", "desk"), _several),
        ),
        ImportKind.CONTACT_POINTS: (
            _ORGANISATION,
            _DESK,
            Column("person", (*_PERSON.names, "氏名"), _text),
            Column("channel", ("手段", "連絡手段", "種別"), _channel),
            Column("address", ("連絡先", "宛先", "アドレス", "メールアドレス"), _text),
            Column("secret", ("署名鍵", "秘密鍵"), _text),
            _OPEN,
            Column("delay_seconds", ("待ち時間", "待ち秒数", "遅延秒"), _number),
        ),
        ImportKind.CLIENTS: (
            _ID,
            Column("name", (*_NAME.names, "利用者", "利用者名"), _text),
            Column("municipality", ("市区町村", "市町村", "自治体"), _text),
            Column("served_by", ("担当機関", "担当事業所", "サービス事業者", "事業所"), _several),
            Column("external_ref", ("利用者番号", "番号", "外部番号"), _text),
            Column("kana", ("ふりがな", "フリガナ", "カナ"), _text),
            Column("birth_date", ("生年月日",), _day),
            Column("address", ("住所",), _text),
            Column("town", ("町名", "地区"), _text),
            Column("phones", ("電話", "電話番号"), _several),
            Column("key_and_entry", ("鍵", "鍵と入室", "入室方法"), _text),
            Column("fire_headquarters_number", ("消防本部番号", "消防本部", "消防"), _text),
            Column("risks", ("リスク", "注意点"), _several),
            Column("allergies", ("アレルギー",), _several),
            Column("physician", ("主治医", "かかりつけ医"), _text),
            Column("family_name", ("家族氏名", "緊急連絡先氏名"), _text),
            Column("family_relation", ("続柄",), _text),
            Column("family_phone", ("家族電話", "家族電話番号", "緊急連絡先電話"), _text),
            Column("care_notes", ("ケアの注意", "介護上の注意", "特記事項"), _text),
            Column("service_from", ("利用開始", "利用開始日", "開始日"), _day),
            Column("service_to", ("利用終了", "利用終了日", "終了日"), _day),
        ),
        ImportKind.ROSTERS: (
            _ORGANISATION,
            _DESK,
            Column("person", (*_PERSON.names, "氏名"), _text),
            Column("from", ("開始", "開始日時", "から"), _text),
            Column("to", ("終了", "終了日時", "まで"), _text),
            Column("tier", ("段", "順位"), _number),
        ),
    }
)
"""Every column of each kind of sheet; a name stands for one field."""
