"""What ends a connection to a live source."""

from pipeline.errors import SourceError


class LastingError(SourceError):
    """Another attempt will not mend it: a password that is missing, a page where a stream was expected."""
