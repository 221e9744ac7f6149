from collections.abc import Callable

import jsonschema
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from asking import ask, decoded, tell
from pipeline.errors import SourceError
from views import FakeView, moving
from web.server import Server

Serve = Callable[..., Server]


def refuse(number: int) -> np.ndarray:
    raise SourceError("no picture came yet; wait for the source")


def test_the_status_tells_of_every_source_as_the_schema_says(serve: Serve) -> None:
    view = FakeView("gate", status=lambda: {"queues": [{"name": "to detect", "fill": 1, "capacity": 1}]})
    view.rows = [{"id": 3, "label": "person", "score": 0.9, "thumbnail": moving(0)}]
    server = serve(view, FakeView("yard"))
    told = ask(server, "/api/status").data
    assert [source["name"] for source in told["sources"]] == ["gate", "yard"]
    assert told["sources"][0]["tracks"][0]["pictured"] is True
    description = ask(server, "/api/openapi.json").data
    shape = description["paths"]["/api/status"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**shape, "components": description["components"]})
    assert [error.message for error in validator.iter_errors(told)] == []


def test_the_description_names_every_address_there_is(open_door: Server) -> None:
    described = set(ask(open_door, "/api/openapi.json").data["paths"])
    assert {"/api/status", "/healthz", "/metrics", "/api/sources/{source}/stages/{stage}/settings"} <= described
    for path in described:
        for method in ask(open_door, "/api/openapi.json").data["paths"][path]:
            real = path.replace("{source}", "7").replace("{stage}", "x").replace("{number}", "1")
            assert ask(open_door, real, method.upper()).status != 405


def test_a_setting_is_changed_and_the_stages_come_back(serve: Serve) -> None:
    view = FakeView()
    told = tell(serve(view), "/api/sources/0/stages/detect/settings", {"setting": "min_score", "value": 0.7})
    assert told.status == 200
    assert told.data["stages"][0]["settings"]["min_score"] == 0.7
    assert view.asked == [("change", "detect", "min_score", 0.7)]


def test_a_setting_that_cannot_be_changed_says_why(serve: Serve) -> None:
    told = tell(serve(), "/api/sources/0/stages/detect/settings", {"setting": "colour", "value": 1})
    assert told.status == 409
    assert told.data["error"].startswith("detect: there is no setting 'colour'; there are min_score")


def test_a_stage_is_switched_and_a_recording_started(serve: Serve) -> None:
    view = FakeView()
    server = serve(view)
    assert tell(server, "/api/sources/0/stages/detect/switch", {"on": False}).data["stages"][0]["on"] is False
    assert tell(server, "/api/sources/0/record", {"on": True}).data == {"recording": True}
    assert view.asked == [("switch", "detect", False), ("record", True)]


@pytest.mark.parametrize("data", [[], {}, {"on": "yes"}, {"on": 1}, {"on": True, "more": 1}, "on", None])
def test_what_is_no_switch_is_refused_with_what_was_expected(open_door: Server, data: object) -> None:
    told = tell(open_door, "/api/sources/0/record", data)
    assert told.status == 422
    assert "expected an object with on" in told.data["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 9000, b'{"on": NaN}'])
def test_what_is_no_json_is_refused(open_door: Server, body: bytes) -> None:
    told = ask(open_door, "/api/sources/0/record", "POST", body, Content_Type="application/json")
    assert (told.status, list(told.data)) == (422, ["error"])


@pytest.mark.parametrize("path", ["1/snapshot", "99/picture.jpg", "2/tracks/1.jpg"])
def test_a_source_that_is_not_there_is_said_to_be_so(open_door: Server, path: str) -> None:
    told = ask(open_door, f"/api/sources/{path}")
    assert (told.status, "there are 1, counted from 0" in told.data["error"]) == (404, True)


@pytest.mark.parametrize("path", ["/nothing", "/static/server.py", "/static/..%2fserver.py", "/api/sources/x/snapshot"])
def test_an_address_that_is_none_gives_no_file_away(open_door: Server, path: str) -> None:
    told = ask(open_door, path)
    assert (told.status, list(told.data)) == (404, ["error"])


def test_a_snapshot_is_a_file_to_keep(serve: Serve) -> None:
    told = ask(serve(), "/api/sources/0/snapshot")
    assert told.headers["content-disposition"] == 'attachment; filename="snapshot-0.png"'
    assert decoded(told.body).shape == (360, 640, 3)


def test_a_snapshot_before_the_first_picture_says_why_not(serve: Serve) -> None:
    told = ask(serve(FakeView(picture=refuse)), "/api/sources/0/snapshot")
    assert (told.status, told.data) == (409, {"error": "no picture came yet; wait for the source"})


def test_a_thumbnail_is_small_and_an_event_has_its_own(serve: Serve) -> None:
    view = FakeView()
    view.rows = [
        {"id": 1, "thumbnail": moving(1)},
        {"id": 1, "kind": "event", "thumbnail": np.zeros((20, 10, 3), np.uint8)},
        {"id": 2, "thumbnail": np.zeros((0, 10, 3), np.uint8)},
    ]
    server = serve(view)
    sizes = [decoded(ask(server, f"/api/sources/0/{path}.jpg").body).shape[:2] for path in ("tracks/1", "events/1")]
    assert sizes == [(90, 160), (20, 10)]
    assert ask(server, "/api/sources/0/tracks/2.jpg").status == 404
    assert ask(server, "/api/sources/0/tracks/3.jpg").status == 404


def test_the_picture_now_has_its_state_in_it(serve: Serve) -> None:
    assert decoded(ask(serve(), "/api/sources/0/picture.jpg?width=320").body).shape == (180, 320, 3)


def test_health_says_what_is_wrong_to_those_who_may_know(serve: Serve) -> None:
    good, bad = FakeView("gate"), FakeView("yard")
    server = serve(good, bad)
    assert ask(server, "/healthz").data == {"ok": True}
    bad.state = "lost"
    told = ask(server, "/healthz")
    assert (told.status, told.data["ills"]) == (503, ["yard: no fresh picture (lost)"])


def test_prometheus_reads_the_metrics(serve: Serve) -> None:
    figures = {"captured": 100, "delivered": 90, "dropped": {"to detect": 10}, "latency_ms": {"p50": 31.0}}
    view = FakeView('gate "a"', status=lambda: figures)
    told = ask(serve(view), "/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(told.body.decode())
        for sample in family.samples
    }
    assert samples["sluice_source_up", frozenset({'gate "a"'})] == 1
    assert samples["sluice_captured_frames_total", frozenset({'gate "a"'})] == 100
    assert samples["sluice_dropped_frames_total", frozenset({'gate "a"', "to detect"})] == 10
    assert samples["sluice_latency_seconds", frozenset({'gate "a"', "0.5"})] == 0.031
    assert samples["sluice_stage_seconds", frozenset({'gate "a"', "detect"})] == pytest.approx(0.0118)
