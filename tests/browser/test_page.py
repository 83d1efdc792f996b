"""The page at `/` in a real browser: what people see of facts that come and go."""

import http.server
import threading
import urllib.request

import pytest

from support.json_client import JsonClient

FACTS = "[...document.querySelectorAll('#facts li code')].map(code => code.textContent)"


def shows(fact):
    """An expression that is true while the page lists this fact."""
    return f"{FACTS}.includes({fact!r})"


def get(server, path, **headers):
    request = urllib.request.Request(server.url.replace("ws", "http", 1) + path, headers=headers)
    return urllib.request.urlopen(request, timeout=20)


def test_a_fact_of_another_client_appears_and_disappears(page, other):
    page.type("#pattern", "<present $who>")
    page.wait_for("document.getElementById('nothing').textContent === 'No fact matches now.'")

    handle = other.publish('<present "ann">')
    page.wait_for(shows('<present "ann">'))
    assert page.text("#count") == "1"

    other.retract(handle)
    page.wait_for("!" + shows('<present "ann">'))
    assert page.text("#changes").splitlines()[0].startswith('- <present "ann">')
    assert "retracted" in page.text("#changes")


def test_facts_that_were_there_before_are_shown_and_others_are_not(page, other):
    other.publish('<present "ann">')
    other.publish('<absent "bob">')
    other.sync()

    page.type("#pattern", "<present $who>")

    page.wait_for(shows('<present "ann">'))
    assert page.run(f"return {FACTS}") == ['<present "ann">']


def test_a_fact_published_on_the_page_is_seen_by_others_until_it_is_retracted(page, other):
    observer = other.observe("<group <rec present> {0: <bind <_>>}>")
    other.sync()

    page.type("#fact", '<present "cleo">')
    other.until(lambda event: event.oid == observer and event.kind == "A")
    page.wait_for("document.getElementById('mine').children.length === 1")
    page.click("#mine button")

    other.until(lambda event: event.oid == observer and event.kind == "R")
    assert page.text("#mine") == ""


def test_messages_are_shown_as_they_pass(page, other):
    page.type("#pattern", "<said $what>")
    page.wait_for("document.getElementById('nothing').textContent === 'No fact matches now.'")

    other.send('<said "hello">')

    page.wait_for("document.getElementById('changes').textContent.includes('! <said \"hello\">')")
    assert page.text("#count") == "0"


def test_a_broken_pattern_and_a_broken_fact_are_explained_where_they_were_typed(page):
    page.type("#pattern", "<present")
    page.wait_for("document.getElementById('watch-problem').textContent !== ''")
    assert page.text("#publish-problem") == ""

    page.type("#fact", "<present")
    page.wait_for("document.getElementById('publish-problem').textContent !== ''")
    assert page.text("#watch-problem") == ""
    assert page.text("#mine") == ""
    assert page.run("return document.getElementById('fact').value") == "<present"


@pytest.mark.parametrize("attack", [
    "<img src=x onerror=document.title='owned'>", "<script>document.title='owned'</script>"],
    ids=["image", "script"])
def test_markup_in_a_fact_stays_text(page, other, attack):
    page.type("#pattern", "<said $what>")

    other.publish(f'<said "{attack}">')

    page.wait_for(shows(f'<said "{attack}">'))
    assert page.run("return document.querySelectorAll('#facts img, #facts script').length") == 0
    assert page.run("return document.title") == "Avow: live facts"


def test_values_of_every_kind_are_shown_as_text(page, other):
    fact = '<all #t 42 -1.5 12345678901234567890123 sym "text" #[AQI=] [1 2] #{1 2} {"k": [3]}>'
    page.type("#pattern", "<all _ _ _ _ _ _ _ _ _ _>")

    other.publish(fact)

    shown = page.wait_for(f"{FACTS}[0]")
    assert shown == fact


def test_only_so_many_facts_are_listed_and_the_page_says_so(page, server):
    with JsonClient(server) as crowd:
        crowd.tell([{"publish": f"<member {number}>", "id": 1000 + number}
                    for number in range(600)])
        crowd.sync()

        page.type("#pattern", "<member $n>")

        page.wait_for("document.getElementById('count').textContent === '600'")
        assert page.run(f"return {FACTS}.length") == 500
        assert page.text("#more") == "Showing 500 of 600: narrow the pattern."


def test_raw_frames_are_shown_once_they_are_asked_for(page, other):
    page.type("#pattern", "<present $who>")
    page.wait_for("document.getElementById('nothing').textContent === 'No fact matches now.'")
    assert page.run("return document.getElementById('frames').children.length") == 0

    page.click("#raw summary")
    other.publish('<present "ann">')

    page.wait_for("document.getElementById('frames').textContent.includes('\"op\":\"add\"')")


def test_a_pattern_in_the_address_is_watched_at_once(page, server, other):
    other.publish('<present "ann">')
    other.sync()

    page.open("about:blank")
    page.open(server.url.replace("ws", "http", 1) + "/#%3Cpresent%20%24who%3E")

    page.wait_for(shows('<present "ann">'))


def test_a_lost_connection_is_shown_and_comes_back_with_everything(page, other):
    observer = other.observe("<group <rec present> {0: <bind <_>>}>")
    page.type("#pattern", "<present $who>")
    page.type("#fact", '<present "cleo">')
    page.wait_for(shows('<present "cleo">'))
    other.until(lambda event: event.oid == observer and event.kind == "A")

    page.run("socket.close()")

    other.until(lambda event: event.oid == observer and event.kind == "R")
    page.wait_for("document.getElementById('state').dataset.state === 'lost'")
    other.until(lambda event: event.oid == observer and event.kind == "A")
    page.wait_for(shows('<present "cleo">'))
    assert page.run("return document.getElementById('mine').children.length") == 1


def test_a_page_from_elsewhere_is_refused(chromium, server):
    class Silent(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        chromium.open(f"http://127.0.0.1:{elsewhere.server_port}/")

        outcome = chromium.run_async("""
            const [url, done] = arguments;
            const socket = new WebSocket(url, "avow.json.v1");
            socket.onopen = () => done("open");
            socket.onclose = () => done("refused");""", server.url)

        elsewhere.shutdown()
    assert outcome == "refused"
    metrics = get(server, "/metrics").read().decode()
    assert 'avow_connections_refused_total{reason="foreign-origin"} 1' in metrics


def test_the_page_runs_nothing_from_elsewhere_and_is_fetched_once(server):
    response = get(server, "/")

    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(urllib.error.HTTPError) as again:
        get(server, "/", **{"If-None-Match": response.headers["ETag"]})
    assert again.value.code == 304


def test_everything_on_the_page_can_be_used_without_seeing_it(page, other):
    page.type("#pattern", "_")
    page.type("#fact", '<present "cleo">')
    page.wait_for(shows('<present "cleo">'))

    unnamed = page.run("""
        const name = (control) => control.labels?.[0]?.textContent ?? control.textContent;
        return [...document.querySelectorAll("input, button")]
            .filter((control) => !name(control).trim()).map((control) => control.outerHTML);""")

    assert unnamed == []
    assert page.run("return document.documentElement.lang") == "en"
