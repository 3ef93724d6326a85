"""Why a request has no answer, as an HTTP status and one line."""


class RequestError(Exception):
    """A request that is answered with a status of 400 or above.

    Args:
      status: HTTP status.
      message: one line for the client.
    """

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status
        self.message = message


class EngineLostError(Exception):
    """The process that runs TensorFlow has ended, or no longer answers."""


class ExportRefusedError(Exception):
    """An export that the engine could not load or that failed its checks; the message says why."""
