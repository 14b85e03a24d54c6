"""Claiming work costs the same however much was done before: no claim reads through the whole job table."""

from typing import Any

from sqlalchemy import event

from inbox.store import jobs
from tests.support.house import Clinic


def test_no_claim_reads_through_all_jobs(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    database, plans = clinic.house.database, []
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def note(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "RETURNING" in statement:
            beside = cursor.connection.cursor()
            beside.execute(explain + statement, values)
            plans.extend(str(row) for row in beside.fetchall())

    with database.transaction() as unit:
        if not database.is_sqlite:
            unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        event.listen(database._writer, "before_cursor_execute", note)
        assert jobs.claim(unit, queue="outbound", by="test", limit=3)
    assert any("ix_jobs_pending" in line for line in plans)
    assert any("ix_jobs_lane" in line for line in plans)
    assert not [line for line in plans if "SCAN other" in line or "SCAN jobs" in line or "Seq Scan" in line], plans
