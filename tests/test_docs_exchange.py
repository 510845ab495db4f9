"""What the documents show of sheets and calendars works when it is pasted."""

import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.commands.sheets.rows import ImportKind
from app.routes.exchange.columns import COLUMNS
from app.settings import Settings
from tests.documents import rows, words
from tests.test_docs_walk import OPERATOR_KEY, STOP_SECONDS, elsewhere, free_port, run, shown, start

pytestmark = pytest.mark.xdist_group("walk")


def test_blocks_work_one_after_another(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/renrakumo.db",
        data_key_file=tmp_path / "data.key",
        port=free_port(),
        bootstrap_key=OPERATOR_KEY,
        webhook_allowed_networks=(ip_network("127.0.0.0/8"),),
    )
    settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{settings.port}"})
    server, thread = start(settings)
    script = "\n".join((*shown("api", "A walk")[:3], *shown("api", "Sheets and calendars")))
    try:
        printed = run(f"BASE={settings.public_url}\n{elsewhere(script)}", tmp_path)
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
    answers = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    imports = [(one["dry_run"], one["created"]) for one in answers if "charset" in one]
    assert imports == [(True, 1), (False, 1), (False, 1)]
    [tried] = [one for one in answers if "unmatched" in one]
    assert (len(tried["shifts"]), tried["unmatched"]) == (8, [])
    assert printed.count("SUMMARY:看護師 佐藤") == 5
    assert printed.count("BEGIN:VCALENDAR") == 2


def test_every_column_is_listed_under_its_names() -> None:
    listed = dict(rows("api", "Kind", "Columns"))
    assert list(listed) == [f"`{kind}`" for kind in ImportKind]
    for kind in ImportKind:
        said = set(words(listed[f"`{kind}`"]))
        assert said == {one.field for one in COLUMNS[kind]} - {"id"}, kind
