"""The page at GET / in headless Chromium: typed into, driven by keyboard, read, and looked at in phone and desktop width.

browser.py PORT PORT_WITH_KEYS KEY FOLDER: the first server has several models; screenshots go into the folder.
"""

import json
import pathlib
import subprocess
import sys
import urllib.request

from playwright.sync_api import expect, sync_playwright

port, locked_port, key, folder = sys.argv[1:]
url = f"http://127.0.0.1:{port}/"
TEXTS = ["A gorgeous, witty, seductive movie.", "<img src=x onerror=alert(1)> it's <b>dull</b> & $HOME `id`", "caf\u00e9 \u2615"]
SIZES = {"phone": (375, 720), "desktop": (1200, 900)}


def predict(texts, model):
    body = json.dumps({"inputs": [[text] for text in texts], "truncate": True}).encode()
    request = urllib.request.Request(f"{url}predict?model={model}", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def open_page(browser, address, **context):
    page = browser.new_context(permissions=["clipboard-read", "clipboard-write"], **context).new_page()
    # A style or script that the policy forbids is a message of the console.
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append("a text became HTML"))
    page.goto(address)
    return page


def results(page):
    """Of each text its labels, in the order of the page, with their exact scores."""
    expect(page.locator("#status")).to_contain_text("tokens:")
    items = page.locator("#results > li").all()
    return [
        [
            {"score": float(row.locator(".number").get_attribute("title")), "label": row.locator("span").first.inner_text()}
            for row in item.locator(".label").all()
        ]
        for item in items
    ]


complaints = []
with sync_playwright() as playwright:
    # Chromium runs as root only without its sandbox.
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = open_page(browser, url)
    expect(page.locator("#model option")).to_have_count(2)
    page.keyboard.press("Control+A")  # the texts have the focus from the start
    page.keyboard.type("\n".join(TEXTS))
    page.keyboard.press("Control+Enter")
    assert results(page) == predict(TEXTS, "default")
    assert [item.inner_text() for item in page.locator(".text").all()] == TEXTS
    assert page.locator("#results img, #results b").count() == 0
    bar = page.locator(".fill").first.evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth")
    assert abs(bar - predict(TEXTS[:1], "default")[0][0]["score"]) < 0.02, bar
    tokens = [token.inner_text() for token in page.locator(".tokens").first.locator("li").all()]
    assert tokens == ["[CLS]", "a", "gorgeous", ",", "witty", ",", "seductive", "movie", ".", "[SEP]"], tokens

    # What the copy button gives is a command for a shell that answers the same.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Classify"
    page.click("#copy")
    expect(page.locator("#copied")).to_have_text("Copied")
    command = page.evaluate("navigator.clipboard.readText()")
    answer = subprocess.run(["bash", "-c", command], check=True, capture_output=True).stdout
    assert json.loads(answer) == predict(TEXTS, "default"), command

    # The other model; the button by keyboard.
    page.select_option("#model", "small")
    page.focus("#texts")
    page.keyboard.press("Tab")
    page.evaluate("document.getElementById('status').textContent = ''")
    page.keyboard.press("Enter")
    assert results(page) == predict(TEXTS, "small")
    page.fill("#texts", " \n")
    page.click("button[type=submit]")
    assert "Type a text" in page.inner_text("#status")
    assert not complaints, complaints

    # Keys: the field is there only where they are needed.
    assert page.locator("#key").is_hidden()
    locked = open_page(browser, f"http://127.0.0.1:{locked_port}/")
    locked.wait_for_selector("#key:visible")
    locked.fill("#key", "wrong")
    locked.press("#key", "Tab")
    expect(locked.locator("#error")).to_contain_text("not valid")
    locked.fill("#key", key)
    locked.click("button[type=submit]")
    assert len(results(locked)) == 2
    assert locked.locator("#error").is_hidden()
    assert key not in locked.inner_text("#curl") and "$VALENCE_API_KEY" in locked.inner_text("#curl")
    complaints.clear()  # the console has the 401s

    for name, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            page = open_page(browser, url, viewport={"width": width, "height": height}, color_scheme=scheme)
            page.fill("#texts", "\n".join([*TEXTS, "unbelievable" * 50, "word " * 600]))
            page.click("button[type=submit]")
            results(page)
            assert page.evaluate("document.documentElement.scrollWidth") == width, f"{name}: wider than the window"
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (min(int(part) for part in background[4:-1].split(",")) < 128) == (scheme == "dark"), background
            page.screenshot(path=pathlib.Path(folder, f"{name}-{scheme}.png"), full_page=True)
    browser.close()
assert not complaints, complaints
print(f"chromium: the page answers as the library does; screenshots in {folder}")
