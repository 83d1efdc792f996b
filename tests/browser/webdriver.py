"""Drives Chromium through its driver by the W3C WebDriver protocol: a few HTTP requests in JSON.

Nothing here polls: a wait is a script in the page that a change of the document wakes.
"""

import json
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--window-size=1200,1000")

WAIT_SCRIPT = """
const [source, patience, done] = arguments;
const holds = new Function("return " + source);
const finish = (result) => { observer.disconnect(); clearTimeout(late); done(result); };
const check = () => { const value = holds(); if (value) finish([value]); };
const observer = new MutationObserver(check);
const late = setTimeout(() => finish(null), patience);
observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
check();
"""


class Browser:
    """A browser of a test's own, with a fresh profile."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="avow-browser-")
        self._driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self._session = None
        try:
            self._root = f"http://127.0.0.1:{self._port()}"
            self._session = self._begin()
        except BaseException:
            self.close()
            raise

    def open(self, url):
        """Shows a page; returns once it is loaded."""
        self._ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value of a function body run in the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """What the script hands to its last argument, a function."""
        return self._ask("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def wait_for(self, expression, patience_seconds=15):
        """Waits until a change of the page makes an expression true; returns its value."""
        found = self.run_async(WAIT_SCRIPT, expression, patience_seconds * 1000)
        assert found, f"waited in vain for {expression}; the page says: {self.text('body')}"
        return found[0]

    def type(self, selector, text):
        """Types into a field, as a person does, and ends with Enter."""
        element = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        identity = next(iter(element.values()))
        self._ask("POST", f"/element/{identity}/clear", {})
        self._ask("POST", f"/element/{identity}/value", {"text": text + "\uE007"})

    def click(self, selector):
        element = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{next(iter(element.values()))}/click", {})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def complaints(self):
        """What the browser has complained of since the last call: broken policy, failed loads."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def screenshot(self):
        """The page as the bytes of a PNG, in base64."""
        return self._ask("GET", "/screenshot")

    def close(self):
        if self._session:
            self._request("DELETE", f"/session/{self._session}")
        self._driver.terminate()
        self._driver.wait(timeout=20)
        self._driver.stdout.close()
        self._profile.cleanup()

    def _port(self):
        for line in self._driver.stdout:
            if started := re.search(r"successfully on port (\d+)", line):
                return int(started.group(1))
        raise AssertionError("chromedriver did not come up")

    def _begin(self):
        options = {"binary": CHROMIUM, "args": [*FLAGS, f"--user-data-dir={self._profile.name}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": 60_000}}
        answer = self._request("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        return answer["sessionId"]

    def _ask(self, method, path, body=None):
        return self._request(method, f"/session/{self._session}{path}", body)

    def _request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None
