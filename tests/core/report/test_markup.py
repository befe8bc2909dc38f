"""The parts of a report's HTML: escaped, marked up, tabled."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from core.report import markup


class Reader(HTMLParser):
    """The words of an HTML text, and the tags that it opens."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.tags = "", list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(alphabet=st.characters(exclude_characters="*`\r\x00", exclude_categories=["Cs", "Cc"]), min_size=1))
def test_words_stay_words(words: str) -> None:
    """Whatever a name holds, it is read as it is and opens no tag."""
    assert Reader(markup.paragraph(words)).tags == ["p"]
    assert Reader(markup.paragraph(words)).words == words
    assert Reader(markup.table([{"a": words}])).words.endswith(words)


def test_markup_of_sentences() -> None:
    """Bold and code, nothing else."""
    assert markup.inline("**n** is `x<y`") == "<b>n</b> is <code>x&lt;y</code>"


def test_tables() -> None:
    """Columns without a value are left out, numbers stand right, what is not known is a dash."""
    drawn = markup.table([{"name": "a", "value": 0.123456, "none": None}, {"name": "b", "value": None, "none": None}], {"value": "v"})
    assert Reader(drawn).words == "nameva0.1235b–"
    assert drawn.count('class="number"') == 3
    assert markup.table([]) == markup.facts({}) == markup.bullets([]) == markup.section("empty", "", name="empty") == ""


def test_numbers_as_they_are_read() -> None:
    """Counts whole, others to four digits, with a proper minus."""
    assert [markup.shown(value) for value in (1234567, -0.5, 12.3456, 1e-9, None, "x")] == ["1,234,567", "−0.5", "12.35", "1e−09", "–", "x"]
