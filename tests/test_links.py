"""The check of the documents' links finds what is broken and leaves the rest alone."""

from pathlib import Path

import pytest

from tools.check_links import anchors, broken_links


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/api.md").write_text("# API\n\n## 対応責任者 (holder)\n\n## `POST /v1/keys`\n")
    (tmp_path / "outside.txt").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/api.md)",
        "[a](docs)",  # a folder is a place too
        "[a](docs/api.md#api)",
        "[a](docs/api.md#対応責任者-holder)",  # letters of any script stay
        "[a](docs/api.md#post-v1keys)",  # inline code counts, punctuation goes
        "# Top\n[a](#top)",
        "[a](https://example.org/none)",  # other hosts are not followed
        "`[a](docs/none.md)`",  # code is not a link
        "```\n[a](docs/none.md)\n```",
    ],
)
def test_link_that_leads_somewhere_is_left_alone(project: Path, text: str) -> None:
    (project / "README.md").write_text(text)
    assert list(broken_links(project)) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](docs/none.md)",
        "![a](docs/none.svg)",
        "[a](docs/api.md#none)",
        "```\n# Top\n```\n[a](#top)",  # code has no headings
    ],
)
def test_link_that_leads_nowhere_is_reported(project: Path, text: str) -> None:
    (project / "README.md").write_text(text)
    assert len(list(broken_links(project))) == 1


def test_link_out_of_the_project_is_broken_even_if_the_file_is_there(project: Path) -> None:
    (project / "docs/api.md").write_text("[a](../outside.txt) [b](../../outside.txt)")
    (project.parent / "outside.txt").write_text("")
    assert list(broken_links(project)) == [
        "docs/api.md: leads out of the project: ../../outside.txt"
    ]


def test_headings_of_one_name_are_numbered() -> None:
    assert anchors("# Same\n\n# Same\n\n# Same\n") == {"same", "same-1", "same-2"}
