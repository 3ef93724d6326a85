import json

import pytest


@pytest.mark.slow
def test_two_owners_serve_the_rows_of_a_table(command):
    # The command compares every row it gathers with what the updates before must have left.
    sizes = ("--rows=1001", "--dimension=3", "--needed=40", "--repeats=2")
    measured = command("measure_partitioned_table", *sizes, timeout=120)
    assert measured.returncode == 0, measured.stderr
    record = json.loads(measured.stdout)
    assert record["bytes_gathered"] == 40 * (4 * 3 + 4)
    assert record["bytes_held_by_each_owner"] == 501 * 4 * 3
    assert all(seconds > 0 for seconds in record["median_seconds"].values())
