"""What a page says of an archive holds, and could fail."""

from dataclasses import replace


def assert_could_fail(holds, archive, column, changes):
    """What holds of an archive does not where some rows, each time others, have so many times the figure."""
    figure = archive.runs[column]
    for rows, factor in changes:
        changed = archive.runs.assign(**{column: figure.where(~rows, factor * figure)})
        assert not holds(replace(archive, runs=changed)), factor
