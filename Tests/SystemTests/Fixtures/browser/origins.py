"""A page of another origin in a real Chromium that calls the API and gets tokens, where its origin is let in and where it is not.

usage: origins.py FILE, in which a JSON object says: issuer (its address), token (an access token), let_in and kept_out (ports on
127.0.0.1 for pages). Ends with 1 and a sentence where something does not hold.
"""

import http.server
import json
import pathlib
import shutil
import sys
import tempfile
import threading

from selenium import webdriver

# Reads a contact, changes it on the state that was read, asks for tokens, and opens a page of ours.
CALLS = """
const [issuer, token, done] = arguments;
const authorization = {Authorization: "Bearer " + token};
const told = {};
async function tell(name, act) {
  try { told[name] = await act(); } catch (error) { told[name] = error.name; }
}
(async () => {
  await tell("list", async () => (await fetch(issuer + "/crm/rest/v2/contacts", {headers: authorization})).status);
  await tell("stranger", async () => (await fetch(issuer + "/crm/rest/v2/contacts")).status);
  await tell("write", async () => {
    const made = await fetch(issuer + "/crm/rest/v2/contacts", {
      method: "POST", headers: {...authorization, "Content-Type": "application/json"},
      body: JSON.stringify({email_addresses: [{email: location.port + "@example.org", field: "EMAIL1"}]})});
    const contact = issuer + "/crm/rest/v2/contacts/" + (await made.json()).id;
    const tag = (await fetch(contact, {headers: authorization})).headers.get("ETag");
    const patch = (state) => fetch(contact, {
      method: "PATCH", headers: {...authorization, "Content-Type": "application/json", "If-Match": state},
      body: JSON.stringify({job_title: "Cook"})});
    return [(await patch(tag)).status, (await patch(tag)).status];
  });
  await tell("token", async () => {
    const body = new URLSearchParams({grant_type: "refresh_token", refresh_token: "x", client_id: "x"});
    return (await (await fetch(issuer + "/oauth/token", {method: "POST", body})).json()).error;
  });
  await tell("cookies", async () => (
    await fetch(issuer + "/crm/rest/v2/contacts", {headers: authorization, credentials: "include"})).status);
  await tell("page", async () => (await fetch(issuer + "/account")).status);
  done(told);
})();
"""
WANTED = {
    "let_in": {
        "list": 200, "stranger": 401, "write": [200, 412], "token": "invalid_client", "cookies": "TypeError",
        "page": "TypeError"},
    "kept_out": dict.fromkeys(["list", "stranger", "write", "token", "cookies", "page"], "TypeError"),
}


class Blank(http.server.BaseHTTPRequestHandler):
    """A page with nothing on it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        pass


def told_by(driver, port, place):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        driver.get(f"http://127.0.0.1:{port}/")
        return driver.execute_async_script(CALLS, place["issuer"], place["token"])
    finally:
        server.shutdown()


def main():
    place = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", f"user-data-dir={profile}", "disable-gpu"):
            options.add_argument("--" + flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        try:
            # Seconds: only ends what would never end.
            driver.set_script_timeout(600)
            for who, wanted in WANTED.items():
                told = told_by(driver, place[who], place)
                if told != wanted:
                    sys.exit(f"origins.py: a page that is {who} is told {told}, and not {wanted}")
        finally:
            driver.quit()
    print("the origins hold")


main()
