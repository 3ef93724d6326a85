"""The page of serve.py in headless Chromium, on the export of a small trained model."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.commands.runs import load_run

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
exceptions = pytest.importorskip("selenium.common.exceptions")
Keys = webdriver.Keys

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_OPTION = "#{}-options [role=option]"


@pytest.fixture(scope="module")
def service(finished_run, tmp_path_factory):
    """Address of serve.py on the export of `finished_run`."""
    log = tmp_path_factory.mktemp("service") / "log"
    export = finished_run / "export"
    line = [sys.executable, str(_ROOT / "run_scripts" / "serve.py"), f"--export_dir={export}"]
    with open(log, "w") as file:
        process = subprocess.Popen([*line, "--port=0"], cwd="/", stderr=file)
    try:
        deadline = time.monotonic() + _SECONDS
        while not (found := re.search(r"listening on (\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield found[1]
    finally:
        process.terminate()
        process.wait(_SECONDS)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A headless browser, or a skipped test where there is none."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in (*_OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


class Page:
    """The page as a person sees it."""

    def __init__(self, browser):
        self.browser = browser

    def all(self, selector):
        return self.browser.find_elements("css selector", selector)

    def one(self, selector):
        return self.browser.find_element("css selector", selector)

    def wait(self, condition):
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            # What is looked at may be replaced in the meantime.
            with contextlib.suppress(exceptions.StaleElementReferenceException):
                if value := condition():
                    return value
            time.sleep(0.05)
        raise AssertionError(self.one("body").text)

    def wait_for(self, selector):
        return self.wait(lambda: self.all(selector))

    def press(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def items(self):
        """Ids, titles and shown scores of the list."""
        return [
            (
                int(button.get_attribute("data-id")),
                button.find_element("css selector", ".title").text,
                button.find_element("css selector", ".value").text,
            )
            for button in self.all("#items button")
        ]

    def contributions(self):
        """Names and exact values of the parts, and the score below them."""
        parts = [
            (row.find_element("css selector", "th").text, float(row.get_attribute("data-value")))
            for row in self.wait_for("#contributions .part")
        ]
        return parts, float(self.one("#contributions tfoot tr").get_attribute("data-value"))

    def recommend(self, user):
        field = self.one("#user")
        field.clear()
        field.send_keys(user)
        self.one("#ask [type=submit]").click()


@pytest.fixture
def page(chromium, service):
    """The page, newly loaded; afterwards the browser must have had nothing to complain of."""
    chromium.get_log("browser")
    chromium.get(service)
    page = Page(chromium)
    page.wait(lambda: "80 users, 60 items" in page.one("#served").text)
    yield page
    assert chromium.get_log("browser") == []


def _ask(service, path, body):
    request = urllib.request.Request(f"{service}/{path}", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        return json.loads(answer.read())


def _minus(text):
    return float(text.replace("\u2212", "-"))


def _assert_listed(page, items):
    shown = page.wait(page.items)
    assert [(item, title) for item, title, _ in shown] == [
        (item["item_id"], item["title"]) for item in items
    ]
    scores = [item["score"] for item in items]
    np.testing.assert_allclose([_minus(score) for *_, score in shown], scores, rtol=1e-3)


def test_a_user_s_list_is_the_api_s_and_every_item_is_explained(page, service, finished_run):
    page.recommend("user0007")
    answer = _ask(service, "recommend", {"user_ids": ["user0007"], "k": 10})
    items = answer["results"][0]["items"]
    _assert_listed(page, items)
    assert not page.one("#why").is_displayed()

    page.all("#items button")[2].click()
    parts, score = page.contributions()
    assert score == pytest.approx(items[2]["score"], rel=1e-5)
    assert sum(value for _, value in parts) == pytest.approx(score, abs=1e-5)
    run = load_run(finished_run)
    dataset = run.dataset
    user = list(dataset.user_ids).index("user0007")
    item = list(dataset.item_ids).index(items[2]["item_id"])
    embedding = run.model.embeddings()[0].numpy()[user]
    for (name, value), part in zip(parts, run.model.item_parts(), strict=True):
        assert name == part.name
        assert value == pytest.approx(float(embedding @ part.embeddings.numpy()[item]), abs=1e-4)
    assert items[2]["title"] in page.one("#why-heading").text
    shown = page.one("#why-body").text
    explained = _ask(
        service, "explain", {"user_id": "user0007", "item_ids": [items[2]["item_id"]]}
    )["results"][0]
    assert len(explained["graphs"]) == 4
    for graph in explained["graphs"]:
        assert f"in the {graph['graph']} graph" in shown
        for neighbour in graph["neighbours"]:
            assert (neighbour["title"] or f"user {neighbour['id']}") in shown
    assert len(explained["own_items"]) == 5
    assert all(own["title"] in shown for own in explained["own_items"])


def test_k_and_seen_items_are_as_chosen(page, service):
    page.one("#k").clear()
    page.one("#k").send_keys("3")
    page.one("#exclude").click()
    page.recommend("user0003")
    body = {"user_ids": ["user0003"], "k": 3, "exclude_seen": False}
    _assert_listed(page, _ask(service, "recommend", body)["results"][0]["items"])
    page.one("#k").clear()
    page.recommend("user0003")
    page.wait(lambda: "whole number" in page.one("#fault").text)
    assert not page.one("#ranking").is_displayed()


def test_an_unknown_user_is_told_so_and_sees_what_is_popular(page, service):
    page.recommend("<b>nobody</b>")
    note = page.wait(lambda: page.one("#ranking-note").text)
    assert "no user “<b>nobody</b>”" in note
    popular = _ask(service, "recommend", {"user_ids": ["nobody"]})["results"][0]["items"]
    _assert_listed(page, popular)
    page.all("#items button")[0].click()
    page.wait(lambda: "most users have seen" in page.one("#why-note").text)
    assert not page.all("#contributions")


def test_somebody_new_is_folded_in(page, service):
    page.one("[value=new]").click()
    page.one("#ask [type=submit]").click()
    page.wait(lambda: "Choose an item" in page.one("#fault").text)
    liked = []
    for place, text in ((0, "jazz"), (1, "garden")):
        page.one("#liked").send_keys(text)
        found = page.wait(
            lambda text=text: [
                option
                for option in page.all(_OPTION.format("liked"))
                if text in option.text.casefold()
            ]
        )
        found[place].click()
        results = _ask(service, "search", {"among": "items", "text": text})["results"]
        liked.append(results[place])
    chips = [chip.text for chip in page.all("#chosen span")]
    assert chips == [item["title"] for item in liked]
    page.one("#ask [type=submit]").click()
    ids = [item["id"] for item in liked]
    items = _ask(service, "fold_in", {"item_ids": ids, "k": 10})["items"]
    _assert_listed(page, items)
    page.all("#items button")[0].click()
    parts, score = page.contributions()
    assert sum(value for _, value in parts) == pytest.approx(score, abs=1e-5)
    assert score == pytest.approx(items[0]["score"], rel=1e-4)
    assert all(item["title"] in page.one("#why-body").text for item in liked)
    page.all("#chosen button")[0].click()
    assert [chip.text for chip in page.all("#chosen span")] == [liked[1]["title"]]


def test_everything_can_be_done_with_keys(page, service):
    page.press(Keys.TAB)
    assert page.browser.switch_to.active_element.text == "Skip to the form"
    page.press(Keys.TAB, Keys.TAB)
    page.press("0012")
    page.wait_for(_OPTION.format("user"))
    page.press(Keys.ARROW_DOWN)
    active = page.one("#user").get_attribute("aria-activedescendant")
    assert page.one(f"#{active}").get_attribute("aria-selected") == "true"
    page.press(Keys.ENTER)
    assert page.one("#user").get_attribute("value") == "user0012"
    page.press(Keys.ENTER)
    items = _ask(service, "recommend", {"user_ids": ["user0012"]})["results"][0]["items"]
    _assert_listed(page, items)
    for _ in range(4):
        page.press(Keys.TAB)
    page.press(Keys.ARROW_DOWN)
    chosen = page.browser.switch_to.active_element
    assert int(chosen.get_attribute("data-id")) == items[1]["item_id"]
    page.press(Keys.ENTER)
    _, score = page.contributions()
    assert score == pytest.approx(items[1]["score"], rel=1e-5)
    assert chosen.get_attribute("aria-pressed") == "true"
    assert items[1]["title"] in page.one("#announcement").get_attribute("textContent")


def test_new_users_by_keys_alone(page, service):
    page.one("[name=whom]").send_keys(Keys.ARROW_DOWN)
    page.press(Keys.TAB, "jazz", Keys.ENTER)
    page.wait_for("#chosen li")
    first = _ask(service, "search", {"among": "items", "text": "jazz"})["results"][0]
    assert page.one("#chosen span").text == first["title"]
    page.press("no such title", Keys.ENTER)
    page.wait(lambda: "no item of the name" in page.one("#fault").text)
    page.press(Keys.CONTROL + "a")
    page.press(Keys.BACKSPACE, Keys.ENTER)
    _assert_listed(page, _ask(service, "fold_in", {"item_ids": [first["id"]]})["items"])


def test_nothing_is_wider_than_a_narrow_screen(page):
    page.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    try:
        page.recommend("user0007")
        page.wait_for("#items button")[0].click()
        page.contributions()
        width = "return document.documentElement.scrollWidth"
        assert page.browser.execute_script(width) == 390
        back = page.wait(lambda: page.one("#back").is_displayed() and page.one("#back"))
        back.click()
        focused = page.browser.switch_to.active_element
        assert focused.get_attribute("aria-pressed") == "true"
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_service_that_is_gone_is_reported(page):
    page.browser.execute_script("window.fetch = () => Promise.reject(new TypeError('gone'))")
    page.recommend("user0007")
    page.wait(lambda: "does not answer" in page.one("#fault").text)
