"""How an incident's evidence is checked, with tools that every auditor has."""

from typing import Final

_TEXT: Final = """\
連絡網 対応責任台帳 事案の証拠                      （English below）
事案: {incident}

このフォルダーには、一つの事案の記録と、それが署名済みの台帳に含まれることの証明が入っています。
  log.vkey                 台帳の検証鍵
  checkpoint               検証点（台帳の名前、記録の件数、ハッシュ、署名）
  policy                   署名者
  entries/00000.json ...   記録（台帳のバイト列そのもの）
  entries/00000.tlog-proof その記録が検証点に含まれる証明（c2sp.org/tlog-proof）
  disclosures.jsonl        記録が指すもの（受取人に開示されるもの。null は非開示）
  protocols.jsonl          事案に適用された緊急時手順書（受取人に開示されるとき）
  page.html                印刷用の一覧（対応責任者の記録）
  SHA256SUMS               ファイルのハッシュ
{waiting_ja}
すべてを一度に確かめるには:
  python -m app ledger verify このフォルダー

一般の道具で確かめるには:
1. ファイルが変わっていないこと
{sums}
2. 検証点の署名（OpenSSL 3）
{signature}
3. 記録のハッシュ（次の記録の "prev" と一致します）
{leaf}
4. 開示内容（結果が記録の "sd" に含まれます）
{disclosure}
page.html とこの文書は読むためのもので、記録との照合はされません。
検証点を別の経路（郵送、メールなど）でも受け取り、見比べてください。
この証拠は、ここにある最後の記録までの証拠です。後の記録がないことは示しません。

------------------------------------------------------------------------------
Renrakumo: the responsibility ledger's evidence of one incident
Incident: {incident}

These files are the entries of one incident, and the proofs that they are in the signed log.
  log.vkey                 the key by which the log is verified
  checkpoint               the log's name, its number of entries, its root, signed
  policy                   who signs
  entries/00000.json ...   the entries, byte for byte as in the log
  entries/00000.tlog-proof the proof that the entry is in the checkpoint (c2sp.org/tlog-proof)
  disclosures.jsonl        what digests stand for, as far as you may see it (null: withheld)
  protocols.jsonl          the protocol by which it went (if you may see it)
  page.html                a page to print: who was responsible
  SHA256SUMS               hashes of the files
{waiting_en}
All of it at once:
  python -m app ledger verify THIS-FOLDER

With tools that every system has:
1. The files are unchanged
{sums}
2. The checkpoint's signature (OpenSSL 3)
{signature}
3. The hash of an entry (the "prev" of the next one)
{leaf}
4. A disclosure (what comes out is in the entry's "sd")
{disclosure}
page.html and this text are for reading; nothing holds them against the entries.
Have the checkpoint by another way too (on paper, by mail), and compare.
This shows the incident up to the last entry that is here. It does not show that none came later.
"""
_SUMS: Final = """\
   sha256sum --check --quiet SHA256SUMS && echo ok"""
_SIGNATURE: Final = """\
   sed '/^$/,$d' checkpoint > /tmp/body
   sed -n 's/^— [^ ]* //p' checkpoint | head -n 1 | base64 -d | tail -c +5 > /tmp/sig
   (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
    cut -d + -f 3- log.vkey | base64 -d | tail -c 32) > /tmp/pub.der
   openssl pkeyutl -verify -pubin -keyform DER -inkey /tmp/pub.der -rawin -in /tmp/body \\
     -sigfile /tmp/sig"""
_LEAF: Final = """\
   (printf '\\000'; cat entries/00000.json) | openssl dgst -sha256 -binary | base64"""
_DISCLOSURE: Final = """\
   sed -n '1s/.*"disclosure":"\\([^"]*\\)".*/\\1/p' disclosures.jsonl | tr -d '\\n' \\
     | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d ="""


def readme_text(incident_id: str, *, waiting: int) -> str:
    """The text, in Japanese and then in English.

    Args:
        incident_id: whose evidence it is.
        waiting: how many entries are younger than the checkpoint.
    """
    waiting_ja = f"\n検証点より後の記録が {waiting} 件あり、ここには入っていません。\n"
    waiting_en = f"\n{waiting} entries are younger than the checkpoint, and not here.\n"
    return _TEXT.format(
        incident=incident_id,
        waiting_ja=waiting_ja if waiting else "",
        waiting_en=waiting_en if waiting else "",
        sums=_SUMS,
        signature=_SIGNATURE,
        leaf=_LEAF,
        disclosure=_DISCLOSURE,
    )
