from a2bm2gl_tf.reports.tables import Table, as_html, as_text

TABLE = Table(
    "Parts",
    ("part", "count", "share", "meaning"),
    (("train", "1,234", "5.6%", ""), ("a<b", "7", "-0.1%", "3 items & more")),
    "A note.",
)


def test_text_by_hand():
    assert as_text(TABLE) == (
        "Parts\n"
        "  part   count  share  meaning\n"
        "  train  1,234   5.6%\n"
        "  a<b        7  -0.1%  3 items & more\n"
        "  A note."
    )


def test_html_escapes_and_marks_numbers():
    shown = as_html(TABLE)
    assert "<td>a&lt;b</td>" in shown
    assert "<td>3 items &amp; more</td>" in shown
    assert '<td class="number">1,234</td>' in shown
    assert '<th class="number">share</th>' in shown
    assert '<p class="note">A note.</p>' in shown


def test_long_notes_are_wrapped_and_empty_tables_shown():
    text = as_text(Table("T", ("a",), (), "word " * 60))
    assert max(map(len, text.splitlines())) <= 98
    assert text.startswith("T\n  a\n  word")
