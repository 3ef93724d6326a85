import pytest

_SMALL = ("--num_users=60", "--num_items=50", "--num_interactions=900")


def test_prints_a_row_for_every_beam_and_m(command):
    finished = command("surfing_curve", *_SMALL, "--top_m=5,10", "--beam=4,exact")
    assert finished.returncode == 0, finished.stderr
    rows = [line.split() for line in finished.stdout.splitlines()[2:]]
    expected = [["4", "5"], ["4", "10"], ["exact", "5"], ["exact", "10"]]
    assert [row[:2] for row in rows] == expected
    for row in rows[2:]:
        assert float(row[2]) == 1.0
        assert float(row[4]) == 0.0
    assert float(rows[0][4]) > 0.0


@pytest.mark.parametrize("flag", ["--beam=wide", "--top_m=0", "--surfing_alpha=1.5"])
def test_bad_values_end_in_one_line(command, flag):
    finished = command("surfing_curve", *_SMALL, flag)
    assert finished.returncode == 2
    assert finished.stdout == ""
    last = finished.stderr.splitlines()[-1]
    assert last.startswith(f"error: {flag.split('=')[0]}=")
    assert "Traceback" not in finished.stderr
