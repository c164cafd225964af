"""An executor that hides nothing."""

from concurrent.futures import Executor, Future


class Here(Executor):
    """Runs each chunk at once, where it is submitted; notes them."""

    def __init__(self, change=lambda chunk: chunk):
        self.change, self.seen = change, []

    def submit(self, function, chunk):
        self.seen.append(chunk)
        future = Future()
        try:
            future.set_result(function(self.change(chunk)))
        except Exception as failure:
            future.set_exception(failure)
        return future
