"""The mail of the day to an auditor: a checkpoint, and how to check it with openssl alone.

It goes to an auditor by the publisher, not through an incident or a notice, so what it may say is
exactly this: name, key and head of a log, which name nobody.
"""

from typing import Final

from app.channels.channel import Message

CHECKPOINT: Final = "ledger.checkpoint"
"""The type of the message."""

MARK: Final = "----8<----"
"""Stands before and after the lines that a shell runs."""

_SHELL: Final = """\
cat > checkpoint <<'END'
{checkpoint}END
cat > log.vkey <<'END'
{verifier_key}
END
sed '/^$/,$d' checkpoint > body
sed -n 's/^— [^ ]* //p' checkpoint | head -n 1 | base64 -d | tail -c +5 > sig
(printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
 cut -d + -f 3- log.vkey | base64 -d | tail -c 32) > pub.der
openssl pkeyutl -verify -pubin -keyform DER -inkey pub.der -rawin -in body -sigfile sig
"""
_JA: Final = """\
対応責任台帳の検証点です。このメールを保管してください。

{checkpoint}
検証鍵:
{verifier_key}

一行目は台帳の名前、二行目は記録の件数、三行目は全記録のハッシュです。空行の後は署名です。
この三行があれば、台帳が後から書き換えられたとき（署名鍵を持つ者による作り直しも含みます）に、
それが分かります。検証鍵は、最初に別の経路で確かめ、以後のメールと見比べてください。

署名を確かめるには（OpenSSL 3。空のフォルダーで、印の間の行をそのまま実行します）:

{mark}
{shell}{mark}

台帳の写しをこの検証点と照合するには:
  python -m app ledger verify 写しのフォルダー --vkey log.vkey --checkpoint checkpoint --lang ja
"""
_EN: Final = """\
This is the checkpoint of a responsibility ledger. Please keep this mail.

{checkpoint}
The verifier key:
{verifier_key}

The first line is the name of the log, the second the number of its entries, the third the hash
over all of them. Signatures follow after the empty line. With these three lines you can show that
a log was rewritten since, also by whoever has its signing key. Have the key confirmed by another
way once, and compare it with later mails.

To check the signature (OpenSSL 3; in an empty folder run the lines between the marks as they are):

{mark}
{shell}{mark}

To hold an export of the log against this checkpoint:
  python -m app ledger verify EXPORT --vkey log.vkey --checkpoint checkpoint --lang en
"""


def subject_line(message: Message) -> str:
    """The mail in one line: which log, and how many entries it has."""
    origin, size, *_ = _checkpoint(message).split("\n")
    if message.language == "ja":
        return f"【台帳の検証点】{origin} 記録 {size} 件"
    return f"[LEDGER CHECKPOINT] {origin}: {size} entries"


def body_text(message: Message) -> str:
    """The checkpoint, the key, and the lines that check them."""
    said = {
        "checkpoint": _checkpoint(message),
        "verifier_key": str(message.data["verifier_key"]),
    }
    text = _JA if message.language == "ja" else _EN
    return text.format(**said, shell=_SHELL.format(**said), mark=MARK)


def _checkpoint(message: Message) -> str:
    return str(message.data["checkpoint"])
