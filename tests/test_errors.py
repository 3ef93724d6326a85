import pytest

from a2bm2gl_tf.errors import UserError, one_line, reason_of


def test_a_plain_message_stays_as_it_is():
    assert str(UserError("a.csv: row 2: 'Misérables  x' is none; mend it")) == (
        "a.csv: row 2: 'Misérables  x' is none; mend it"
    )


@pytest.mark.parametrize(
    "quoted", ["x\ny", "x\r\ny", "x\x1b[2Jy", "x\x07y", "x\u2028y", "x\u202ey", "x\ud800y", "x\0y"]
)
def test_what_a_terminal_acts_upon_is_left_out(quoted):
    said = str(UserError(f"a.csv: column {quoted}: unknown"))
    assert said.isprintable()
    assert said.startswith("a.csv: column x")
    assert said.endswith("y: unknown")


def test_the_middle_of_a_long_line_is_left_out():
    said = one_line("a.csv: " + "x" * 10**6 + "; mend it")
    assert len(said) < 2100
    assert said.startswith("a.csv: xxx")
    assert said.endswith("xxx; mend it")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n one\n"), "one"),
        (ValueError(), "ValueError"),
        (ValueError(" \n"), "ValueError"),
        (ValueError("x" * 300), "x" * 200),
    ],
)
def test_the_reason_of_an_error_is_its_first_line_or_its_class(error, reason):
    assert reason_of(error) == reason
