from fakes import frame
from pipeline.ledger import Delivery, Ledger
from pipeline.types import Packet


def test_a_delivery_counts_as_written_once_every_sink_took_it() -> None:
    ledger = Ledger()
    ledger.read()
    delivery = Delivery(Packet(frame()), 2)
    ledger.settle(delivery)
    assert ledger.balance().written == 0
    ledger.settle(delivery)
    assert (ledger.balance().written, ledger.balance().in_flight) == (1, 0)


def test_a_delivery_that_one_sink_did_not_take_is_dropped_for_the_first_reason() -> None:
    for reasons in (("video failed", None, "aborted"), (None, "video failed", "aborted")):
        ledger = Ledger()
        ledger.read()
        delivery = Delivery(Packet(frame()), 3)
        for reason in reasons:
            ledger.settle(delivery, reason)
        assert ledger.balance().dropped == {"video failed": 1}
        assert ledger.balance().in_flight == 0


def test_the_balance_says_itself_in_a_line() -> None:
    ledger = Ledger()
    for _ in range(3):
        ledger.read()
    ledger.dropped("to slow")
    ledger.failed("ssd")
    assert str(ledger.balance()) == "3 read = 0 written + 1 dropped (to slow 1) + 1 failed (ssd 1)"
    assert ledger.balance().in_flight == 1
