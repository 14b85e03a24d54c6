"""A channel that falls silent raises one alarm, and ends it when it is heard again."""

from inbox import silence, watch
from tests.support.house import DAY, HOUR, MINUTE, Clinic


def alarms(clinic: Clinic) -> tuple[str, ...]:
    with clinic.house.database.snapshot() as reading:
        return silence.alarms(reading)


def told(clinic: Clinic) -> list[str]:
    return [verb for verb in clinic.verbs() if verb.startswith("channel.")]


def usual_hours(clinic: Clinic) -> None:
    """Four Wednesdays on which five texts came between nine and eleven."""
    for _ in range(4):
        for minute in range(5):
            clinic.landed("Is the office open?", from_=f"+1415300000{minute}")
        clinic.move(7 * DAY)
    clinic.move(HOUR)


def test_a_channel_that_falls_silent_is_told_once_and_so_is_its_return(clinic: Clinic) -> None:
    usual_hours(clinic)
    for _ in range(3):
        watch.sweep(clinic.house)
        clinic.move(6 * MINUTE)
    assert (alarms(clinic), told(clinic), silence.state(clinic.house)) == (("sms",), ["channel.silent"], ["sms"])
    clinic.landed("Hello?")
    clinic.move(MINUTE)
    watch.sweep(clinic.house)
    assert (alarms(clinic), told(clinic)) == ((), ["channel.silent", "channel.heard"])


def test_a_quiet_night_is_no_alarm(clinic: Clinic) -> None:
    usual_hours(clinic)
    clinic.move(12 * HOUR)
    watch.sweep(clinic.house)
    assert (alarms(clinic), told(clinic)) == ((), [])
