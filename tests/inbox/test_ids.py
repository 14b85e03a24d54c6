"""Ids never run out: not for a transaction that needs many, nor for many at once that share what is at hand."""

from concurrent.futures import ThreadPoolExecutor

from inbox.store.database import Database
from inbox.store.ids import BLOCK, RESERVE

MANY = RESERVE * 2


def take(database: Database, count: int) -> list[int]:
    with database.transaction() as unit:
        return [unit.new_id() for _ in range(count)]


def test_one_transaction_may_take_more_than_was_reserved_for_it(database_url: str) -> None:
    database = Database(database_url)
    taken = take(database, BLOCK * 2) + take(database, MANY)
    database.close()
    assert len(set(taken)) == BLOCK * 2 + MANY


def test_transactions_that_run_at_once_share_what_is_at_hand(database_url: str) -> None:
    database = Database(database_url)
    with ThreadPoolExecutor(6) as pool:
        taken = [one for some in pool.map(lambda _: take(database, MANY), range(24)) for one in some]
    database.close()
    assert len(set(taken)) == 24 * MANY
