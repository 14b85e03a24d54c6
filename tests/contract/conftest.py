"""One running installation per storage for all contract tests: embedded on SQLite; on PostgreSQL and Redis with a
worker and the timers as processes of their own.
"""

from collections.abc import Iterator

import pytest

from tests.conftest import PostgresDatabases
from tests.contract.party import Party, running


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def party(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """Both installations in turn."""
    folder = tmp_path_factory.mktemp(str(request.param))
    if request.param == "sqlite":
        with running(folder) as one:
            yield one
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    # the servers of other tests wake their workers in database 0
    redis = str(request.getfixturevalue("redis_url")).replace("db=0", "db=9")
    with databases.fresh() as url, running(folder, ("worker", "watch"), DATABASE_URL=url, REDIS_URL=redis) as one:
        yield one
