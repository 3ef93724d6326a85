import threading

import pytest

from a2bm2gl_tf.training.prefetch import Prefetcher


def test_batches_come_in_order_and_ahead_but_no_further_than_asked():
    made, third = [], threading.Event()

    def at_step(step):
        made.append((step, threading.current_thread()))
        if step == 6:
            third.set()
        return step * 10

    with Prefetcher(at_step, first_step=5, last_step=9, depth=2) as prefetcher:
        # Nothing is taken until two are under way; the third waits for the first to be taken.
        assert prefetcher.take() == 50
        assert third.wait(10)
        assert [prefetcher.take() for _ in range(3)] == [60, 70, 80]
    assert [step for step, _ in made] == [5, 6, 7, 8]
    assert all(thread is not threading.current_thread() for _, thread in made)


def test_no_more_than_the_depth_waits():
    made = []
    with Prefetcher(lambda step: made.append(step), 0, 100, depth=3):
        pass
    assert len(made) <= 3


def test_an_error_is_raised_where_its_batch_is_taken():
    def at_step(step):
        if step == 1:
            raise ValueError("step 1")
        return step

    with Prefetcher(at_step, 0, 3) as prefetcher:
        assert prefetcher.take() == 0
        with pytest.raises(ValueError, match="step 1"):
            prefetcher.take()
