"""A run that was killed between archiving and clearing up: the next one removes what it left."""

import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.running import passes, runner
from helpers.archives import checkpoints, same_tables, snapshot, whole
from helpers.toy import SMOKE, interrupted, refusal

pytestmark = pytest.mark.usefixtures("one_thread", "root")


class Killed(BaseException):
    pass


def killed_at_forgetting(k: int) -> None:
    """Run the toy of two ensembles; it ends as it is about to forget its k-th checkpoint."""
    calls, forget = [], passes.forget

    def dies(checkpoint):
        calls.append(checkpoint)
        if len(calls) == k:
            raise Killed
        forget(checkpoint)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(passes, "forget", dies)
        runner.run(*SMOKE)


def test_a_checkpoint_that_was_archived_goes_with_the_next_run(root, finished):
    killed_at_forgetting(1)
    path = root / "toy" / "smoke"
    assert len(reading.load("toy").runs) == 3 and len(checkpoints(path)) == 1
    runner.run(*SMOKE, resume=True)
    assert (
        same_tables(path, finished / "toy" / "smoke") and whole(path) and not (path / "checkpoints").exists()
    )


@pytest.mark.parametrize("arguments", [{}, {"resume": True}])
def test_a_finished_archive_is_cleared_up_before_a_run_is_refused(arguments, root, finished):
    killed_at_forgetting(2)
    path = root / "toy" / "smoke"
    assert len(checkpoints(path)) == 1
    (path / "checkpoints" / "stop").touch()  # of a driver that was killed while it stopped
    assert "holds a finished archive" in refusal(**arguments)
    assert (
        same_tables(path, finished / "toy" / "smoke") and whole(path) and not (path / "checkpoints").exists()
    )


def test_a_checkpoint_of_runs_that_are_not_archived_stays(root):
    interrupted(30)  # in the second ensemble
    path = root / "toy" / "smoke"
    (left,) = checkpoints(path)
    before = snapshot(path / "checkpoints")
    assert "holds a finished archive" in refusal(only=dict(kind="rnn"))
    assert checkpoints(path) == [left] and snapshot(path / "checkpoints") == before
