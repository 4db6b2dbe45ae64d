import string

import pytest
from html_checks import StrictHtml
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclm.evaluate.page.markdown import Ids, first_table, inline, to_html
from musiclm.evaluate.report import markdown_table

TABLE = markdown_table(
    [
        {"measure": "tempo | beat", "n": 311, "value": 0.861, "real audio": "0.97 (0.95 to 0.99)"},
        {"measure": "a much longer name of a measure", "n": None, "value": 1.0, "real audio": ""},
    ]
)


def read(text: str, above: int = 2) -> StrictHtml:
    page = StrictHtml(to_html(text, ids=Ids(), title="Adherence", above=above))
    assert page.faults == []
    return page


def test_table_holds_every_cell_with_its_alignment() -> None:
    page = read(TABLE)
    assert [each.text for each in page.all("th")] == [
        "measure",
        "n",
        "value",
        "real audio",
        "tempo | beat",
        "a much longer name of a measure",
    ]
    assert [(e.text, e.attributes.get("class")) for e in page.all("td")] == [
        ("311", "number"),
        ("0.86", "number"),
        ("0.97 (0.95 to 0.99)", "short"),
        ("-", "number"),
        ("1.00", "number"),
        ("", "short"),
    ]


def test_a_line_with_a_colon_is_the_caption_of_the_table_below_it() -> None:
    page = read(f"{TABLE}\n\nBy language:\n\n{TABLE}\n\nWords.\n\n{TABLE}")
    captions = [(e.text, e.attributes.get("class")) for e in page.all("caption")]
    assert captions == [("Adherence", "unseen"), ("By language", None), ("Adherence", "unseen")]
    assert [each.text for each in page.all("p")] == ["Words."]


def test_no_name_is_handed_out_twice() -> None:
    ids = Ids()
    names = [ids.take(text) for text in ("a b", "A-B", "a b!", "a b 2", "", "?")]
    assert names == ["a-b", "a-b-2", "a-b-3", "a-b-2-2", "part", "part-2"]


def test_rows_of_another_length_lose_nothing() -> None:
    page = read("| a | b |\n| --- | :---: |\n| 1 |\n| 1 | 2 | 3 |")
    assert [each.text for each in page.all("td")] == ["", "2|3"]
    assert page.all("td")[0].attributes["class"] == "middle"


def test_table_without_rows_and_pipes_that_are_no_table() -> None:
    page = read("| a | b |\n| --- | --- |\n\n| no table |")
    assert len(page.all("table")) == 1
    assert not page.all("td")
    assert [each.text for each in page.all("p")] == ["| no table |"]


def test_paragraphs_lists_and_code() -> None:
    page = read("one\ntwo\n\n- **a** `b`\n  c\n- d\n\n3. e\n4. f\n\n```sh\n# <g>\n\nh\n```\ni")
    assert [each.text for each in page.all("p")] == ["one two", "i"]
    assert [each.text for each in page.all("li")] == ["a b c", "d", "e", "f"]
    assert page.all("ol")[0].attributes["start"] == "3"
    assert [each.text for each in page.all("pre")] == ["# <g>\n\nh"]
    assert [each.text for each in page.all("strong")] == ["a"]


def test_fence_that_is_never_closed_keeps_its_text() -> None:
    assert read("```\na\nb").all("pre")[0].text == "a\nb"


def test_headings_follow_the_one_above_without_a_gap() -> None:
    page = read("# a\n\n#### b\n\n## c\n\n###### d\n\n#5 is no heading", above=2)
    assert [e.tag for e in page.elements if e.tag[0] == "h"] == ["h3", "h4", "h3", "h4"]
    assert page.all("p")[0].text == "#5 is no heading"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0.85 met", "met"),
        ("under 0.2 %, missed", "missed"),
        ("none, met", "met"),
        ("met", "met"),
        ("Generated: 1.52 times the floor (aim 1.5: missed); 500 clips.", "missed"),
        ("**missed** [required] low band", "missed"),
        ("**passed** [wish] high band", "met"),
    ],
)
def test_verdicts_are_marked_and_stay_words(text: str, kind: str) -> None:
    page = StrictHtml(inline(text))
    (verdict,) = page.of_class(kind)
    assert verdict.text in ("met", "missed", "passed")
    assert page.all("span") == [verdict]


@pytest.mark.parametrize(
    "text", ["the night we met", "we met: a waltz", "3 met friends", "20 missed calls", "unmet"]
)
def test_other_words_are_no_verdicts(text: str) -> None:
    assert inline(text) == text


def test_first_table_is_read_as_it_was_written() -> None:
    found = first_table(f"Words:\n\n{TABLE}\n\n| x |\n| --- |\n| y |")
    assert found is not None
    assert found.heads == ("measure", "n", "value", "real audio")
    assert found.sides == ("", "number", "number", "")
    assert found.rows[0] == ("tempo | beat", "311", "0.86", "0.97 (0.95 to 0.99)")
    assert first_table("no | table") is None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='|-:*`# \n1.a<&"\\\t\r\0é\u202e' + string.punctuation, max_size=80))
def test_any_text_becomes_balanced_html(text: str) -> None:
    page = read(text)
    allowed = {"p", "ul", "ol", "li", "pre", "code", "strong", "div", "table", "caption", "thead"}
    allowed |= {"tbody", "tr", "th", "td", "h3", "h4", "h5", "h6"}
    assert {element.tag for element in page.elements} <= allowed
