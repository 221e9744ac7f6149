"""What a person sees and does on the page, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from views import FakeView, moving
from web.server import Server

Serve = Callable[..., Server]
Show = Callable[..., Any]
TOKEN = "a-token-of-24-characters"

# What stands in the middle row of a picture: sums that differ where something moved.
ROW = """canvas => Array.from(canvas.getContext('2d').getImageData(0, canvas.height / 2 | 0, canvas.width, 1).data)
    .reduce((sum, value, at) => (sum * 31 + value * (at % 977)) % 1000003, 7)"""
NUMBER = "document.querySelector('.chosen canvas')?.dataset"


def until(page: Any, said: str) -> None:
    """Waits until an expression is true. Playwright's own way needs eval, which the page's policy rightly forbids."""
    for _ in range(300):
        if page.evaluate(said):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"it never came true: {said}")


def live(page: Any) -> Any:
    """Waits for a live picture; gives its canvas."""
    until(page, f"{NUMBER}?.state === 'LIVE'")
    return page.locator(".chosen canvas")


def test_the_picture_is_there_and_changes(serve: Serve, show: Show) -> None:
    page = show(serve())
    canvas = live(page)
    before, number = canvas.evaluate(ROW), int(canvas.get_attribute("data-number"))
    until(page, f"Number({NUMBER}.number) > {number + 5}")
    assert canvas.evaluate(ROW) != before
    assert page.locator("#overall").inner_text() == "live"


def test_a_slider_moved_changes_the_setting_of_the_view(serve: Serve, show: Show) -> None:
    view = FakeView()
    page = show(serve(view))
    slider = page.get_by_label("min score")
    slider.focus()
    with page.expect_response(lambda response: "/settings" in response.url and response.ok):
        page.keyboard.press("ArrowRight")
    assert view.settings["min_score"] == pytest.approx(0.51)
    assert page.locator("[data-setting=min_score] output").inner_text() == "0.51"


def test_switches_lists_and_texts_change_the_settings_of_the_view(serve: Serve, show: Show) -> None:
    view = FakeView()
    page = show(serve(view))

    def then(action: Callable[[], object]) -> None:
        with page.expect_response(lambda response: response.request.method == "POST" and response.ok):
            action()

    then(lambda: page.get_by_label("labels").click())
    then(lambda: page.get_by_label("mode").select_option("trails"))
    then(lambda: page.locator("[data-setting=every]").get_by_label("auto").check())
    then(lambda: (page.get_by_label("title").fill("<b>Yard</b>"), page.keyboard.press("Tab")))
    assert view.settings == {
        "min_score": 0.5,
        "labels": False,
        "every": "auto",
        "mode": "trails",
        "title": "<b>Yard</b>",
    }
    then(lambda: page.get_by_label("detect on").click())
    assert view.asked[-1] == ("switch", "detect", False)


def test_a_stage_with_many_settings_keeps_them_folded_until_asked(serve: Serve, show: Show) -> None:
    many = {f"limit_{number}_s": {"type": "number", "minimum": 0, "maximum": 300} for number in range(9)}
    view = FakeView(schema=many)
    view.settings = dict.fromkeys(many, 0.5)
    page = show(serve(view))
    field = page.get_by_label("limit 3 (s)")
    page.get_by_text("9 settings").wait_for()
    assert not field.is_visible()
    page.get_by_text("9 settings").click()
    with page.expect_response(lambda response: "/settings" in response.url and response.ok):
        field.fill("0.25")
    assert view.settings["limit_3_s"] == 0.25


def test_a_change_that_is_refused_says_why_beside_the_control(serve: Serve, show: Show) -> None:
    view = FakeView()
    page = show(serve(view))
    page.get_by_label("min score").wait_for()
    view.settings = {}
    page.locator("[data-setting=title] input").fill("x")
    page.keyboard.press("Tab")
    page.get_by_text("there is no setting 'title'").wait_for()


def test_a_lost_source_is_seen_on_the_picture_and_told_beside_it(serve: Serve, show: Show) -> None:
    view = FakeView("yard")
    page = show(serve(view))
    live(page)
    view.error, view.attempts, view.state = "no answer in 5 s; check that the camera is on", 4, "lost"
    until(page, f"{NUMBER}.state === 'RECONNECTING'")
    page.get_by_text("reconnecting, attempt 4").wait_for()
    page.get_by_text("no answer in 5 s; check that the camera is on").wait_for()
    page.get_by_text("not well: yard").wait_for()
    view.state, view.error = "running", None
    live(page)


def test_a_server_that_is_gone_leaves_no_picture_that_passes_for_live(serve: Serve, show: Show) -> None:
    server = serve()
    page = show(server)
    live(page)
    server.close()
    page.locator(".verdict", has_text="NO CONNECTION TO THE SERVER").wait_for()
    assert "grayscale" in page.locator(".chosen canvas").evaluate("canvas => getComputedStyle(canvas).filter")


def test_several_sources_are_live_at_once_and_one_is_chosen_by_key(serve: Serve, show: Show) -> None:
    page = show(serve(FakeView("gate"), FakeView("yard"), FakeView("roof")))
    live(page)
    until(page, "[...document.querySelectorAll('canvas')].every(one => one.dataset.state === 'LIVE')")
    assert page.locator(".chosen .name").inner_text() == "gate"
    page.keyboard.press("3")
    until(page, "document.querySelector('.chosen .name').textContent === 'roof'")
    page.get_by_label("choose yard").click()
    until(page, "document.querySelector('.chosen .name').textContent === 'yard'")


def test_a_snapshot_is_saved_and_a_recording_started_and_stopped(serve: Serve, show: Show) -> None:
    view = FakeView("gate/1")
    page = show(serve(view))
    live(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Snapshot").click()
    assert saved.value.suggested_filename.startswith("gate_1-")
    assert saved.value.suggested_filename.endswith(".png")
    page.keyboard.press("r")
    page.get_by_role("button", name="Stop recording", pressed=True).click()
    page.get_by_role("button", name="Record", exact=True, pressed=False).wait_for()
    assert view.asked == [("record", True), ("record", False)]


def test_tracks_and_events_have_their_thumbnails_and_no_markup_of_theirs_is_obeyed(serve: Serve, show: Show) -> None:
    view = FakeView("<img src=x onerror=alert(1)>")
    view.rows = [
        {"id": 3, "label": "person", "score": 0.91, "first_s": 61, "thumbnail": moving(3)},
        {"id": 1, "kind": "event", "label": "<script>covered</script>", "first_s": 5, "last_s": 9, "here": False},
    ]
    page = show(serve(view))
    page.get_by_text("#3 person 0.91").wait_for()
    page.get_by_text("here since 0:01:01").wait_for()
    until(page, "document.querySelector('#tracks img')?.naturalWidth === 160")
    page.get_by_text("<script>covered</script>").wait_for()
    assert page.locator(".tile .name").inner_text() == "<img src=x onerror=alert(1)>"
    assert page.locator(".tile img").count() == 0
    view.rows = []
    page.get_by_text("Nothing was followed yet.").wait_for()


def test_login_works_and_a_wrong_token_is_refused(serve: Serve, show: Show) -> None:
    server = serve(token=TOKEN)
    page = show(server)
    assert page.url.endswith("/login")
    page.get_by_label("Token or password").fill("a-token-of-24-character5")
    page.keyboard.press("Enter")
    page.get_by_text("That is not the token or password.").wait_for()
    page.get_by_label("Token or password").fill(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url(server.address)
    live(page)
    assert TOKEN not in page.url
    assert TOKEN not in page.evaluate("document.cookie + document.documentElement.outerHTML")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")


@pytest.mark.parametrize("path", ["/", "/login", "/api"])
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_scrolling_to_the_side(serve: Serve, show: Show, path: str, width: int) -> None:
    name = "rtsp://***@a-very-long-name-of-a-camera-in-the-yard.example.org/streams/1"
    server = serve(FakeView(name), FakeView()) if path != "/login" else serve(token=TOKEN)
    page = show(server, path, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    if path == "/":
        live(page)
        page.get_by_label("min score").wait_for()
    elif path == "/api":
        page.get_by_text("GET /api/status").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_can_be_reached_with_the_keyboard(serve: Serve, show: Show) -> None:
    page = show(serve())
    live(page)
    page.get_by_label("min score").wait_for()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
                " + document.activeElement.textContent"
            )
        )
    for wanted in ("API", "Snapshot", "Record", "Full screen", "detect on"):
        assert any(wanted in text for text in reached), wanted
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Keys").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(serve: Serve, show: Show, scheme: str) -> None:
    view = FakeView()
    view.rows = [{"id": 3, "label": "person", "here": False}]
    page = show(serve(view), color_scheme=scheme)
    live(page)
    page.get_by_text("#3 person").wait_for()
    assert page.evaluate(FAINT) == []


def test_nothing_is_loaded_from_elsewhere(serve: Serve, show: Show) -> None:
    server = serve()
    page = show(server)
    live(page)
    asked = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert asked
    assert all(name.startswith((server.address, "blob:")) for name in asked)


# Elements with words of their own whose contrast to the nearest ground is below WCAG's 4.5.
FAINT = """(() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const words = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll('body *')].filter(e => words(e) && e.checkVisibility()).flatMap(element => {
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    return contrast < 4.5 ? [`${element.tagName} ${element.textContent.trim()} ${contrast.toFixed(1)}`] : [];
  });
})()"""
