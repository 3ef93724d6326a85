"""Everything that reads files, by name."""

from tests.fuzzing.campaign import Reader
from tests.fuzzing.readers_of_exports import readers_of_exports
from tests.fuzzing.readers_of_files import readers_of_files
from tests.fuzzing.readers_of_formats import readers_of_formats
from tests.fuzzing.readers_of_runs import readers_of_runs
from tests.fuzzing.readers_of_state import readers_of_state


def all_readers() -> dict[str, Reader]:
    """Name -> reader."""
    readers = [
        *readers_of_files(),
        *readers_of_formats(),
        *readers_of_state(),
        *readers_of_runs(),
        *readers_of_exports(),
    ]
    return {reader.name: reader for reader in readers}
