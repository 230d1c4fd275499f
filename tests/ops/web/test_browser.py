"""The pages in Debian's Chromium, as a person uses them: at two widths, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import CHROMIUM

pytestmark = pytest.mark.browser

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAGES = (
    "/", "/search?q=lagoon", "/search?q=foo:bar", "/about-query", "/health", "/entity/AS64500", "/entity/FJ",
    "/event/ev-added", "/event/ev-outage", "/document/doc-reef", "/document/doc-gone", "/document/doc-hostile",
    "/story/story-1", "/document/none",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(params=[375, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, base: str) -> Iterator[Page]:
    """A page that fails its test for an error on the console or a request to another host."""
    wrong: list[str] = []
    opened = browser.new_page(viewport={"width": request.param, "height": 800}, base_url=base)
    opened.set_default_timeout(10_000)
    own = urlsplit(base).netloc
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "status of 4" not in m.text else None)
    opened.on("pageerror", lambda e: wrong.append(str(e)))
    opened.on("dialog", lambda d: wrong.append(d.message))
    opened.on("request", lambda r: wrong.append(r.url) if urlsplit(r.url).netloc != own else None)
    yield opened
    opened.close()
    assert wrong == []


def test_no_page_is_wider_than_the_screen(page: Page) -> None:
    for path in PAGES:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


def chart(page: Page) -> str:
    """The drawing that is shown at this width; the other is not."""
    wide = (page.viewport_size or {"width": 0})["width"] >= 900
    expect(page.locator("svg.chart.wide")).to_be_visible(visible=wide)
    expect(page.locator("svg.chart.narrow")).to_be_visible(visible=not wide)
    return "svg.chart.wide" if wide else "svg.chart.narrow"


def test_tab_reaches_a_mark_of_the_timeline_and_enter_opens_its_evidence(page: Page) -> None:
    page.goto("/entity/AS64500")
    shown = chart(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/event/ev-outage":
            break
    mark = page.locator(f"{shown} a:focus")
    expect(mark).to_have_count(1)
    ring = mark.locator(".ring").first.evaluate("e => getComputedStyle(e).stroke")
    assert ring not in {"none", "rgba(0, 0, 0, 0)"}
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.partition('/entity')[0].partition('/event')[0]}/event/ev-outage")
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()


def test_a_click_on_each_kind_of_mark_leads_to_its_evidence(page: Page) -> None:
    for href in ("/event/ev-added", "/document/doc-reef", "/document/doc-gone#revisions"):
        page.goto("/entity/AS64500")
        page.locator(f"{chart(page)} a[href='{href}'] .target").click()
        page.wait_for_url(f"**{href}")
    page.goto("/entity/AS64500")
    page.locator(f"{chart(page)} a.m-confirmed .target").click()
    page.wait_for_url("**/document/doc-reef#claim-*")
    expect(page.locator("article.claim:target")).to_contain_text("confirmed")
    expect(page.locator("article.claim:target")).to_be_in_viewport()


def test_the_first_stop_of_tab_skips_to_the_content(page: Page) -> None:
    page.goto("/entity/AS64500")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_search_can_be_narrowed(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("lagoon")
    page.keyboard.press("Enter")
    expect(page.locator("article.hit")).to_have_count(6)
    page.locator("aside").get_by_role("link", name="corrected").click()
    expect(page.locator("article.hit")).to_have_count(3)
    expect(page.locator("mark").first).to_have_text("Lagoon")
    page.get_by_role("link", name="corrected (take it off)").click()
    expect(page.locator("article.hit")).to_have_count(6)


def test_a_claim_and_its_place_in_the_text_lead_to_each_other(page: Page) -> None:
    page.goto("/document/doc-reef")
    page.locator("a.ref").first.click()
    target = page.locator("article.claim:target")
    expect(target).to_contain_text("transit added")
    target.get_by_role("link", name="in the text").click()
    expect(page.locator(".start:target + .quote")).to_be_in_viewport()


def test_the_edit_is_shown_as_a_difference_and_the_removal_as_one(page: Page) -> None:
    page.goto("/document/doc-reef#revisions")
    gone = page.locator(".diff del")
    expect(gone).to_have_text("Another text stood here first.")
    assert "line-through" in gone.evaluate("e => getComputedStyle(e).textDecorationLine")
    expect(page.locator(".diff ins")).to_contain_text("began to carry Lagoon Net")
    page.goto("/document/doc-gone")
    expect(page.get_by_role("note")).to_contain_text("found taken down at 2031-05-01 18:00:00Z")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, base: str, scheme: str) -> None:
    """WCAG AA, 1.4.3: 4.5 to 1 for badges, links and soft text."""
    page = browser.new_page(base_url=base, color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/entity/AS64500", "/document/doc-reef", "/about-query"):
        page.goto(path)
        assert page.evaluate(CONTRAST) == []
    page.close()


CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b }
  const ground = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c } return 'rgb(255, 255, 255)' }
  return [...document.querySelectorAll('.badge, a, .soft, dt, dd, p, th, td, h1, h2, h3, del, ins, code')]
    .filter(e => e.offsetParent && e.textContent.trim()).map(e => {
      const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x)
      return [(a + .05) / (b + .05), e.className + ' ' + e.textContent.trim().slice(0, 30)] })
    .filter(([ratio]) => ratio < 4.5) }"""
