"""What a measurement needs to stand: nginx, an issuer behind it, a person's approval, a key, and the keeper.

Everything is done with the program's own commands. Every process and folder belongs to the run and ends with it.
"""

import contextlib
import html.parser
import http.cookiejar
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
CONTACT = "/crm/rest/v1/contacts/1"
CONTACT_V2 = "/crm/rest/v2/contacts/1"
PERSON = "ann@acme.example"

# A contact as an API gives it back, answered from memory, so that the upstream costs both contenders little and alike.
ANSWER = json.dumps({
    "id": 1, "given_name": "Ada", "family_name": "Lovelace", "company": None, "email_opted_in": False,
    "date_created": "2024-11-12T21:45:54.000+0000", "email_addresses": [{"email": "ada@example.org", "field": "EMAIL1"}],
    "addresses": [], "phone_numbers": [{"number": "+44 20 7946 0000", "field": "PHONE1"}], "tag_ids": [1, 2, 3],
}, separators=(",", ":"))

# The same contact in REST v2, with what a call in XML-RPC asks for and no more.
ANSWER_V2 = json.dumps({
    "email_addresses": [
        {"email": "ada@example.org", "email_opt_status": "NON_MARKETABLE", "field": "EMAIL1", "is_opt_in": False}],
    "family_name": "Lovelace", "given_name": "Ada", "id": "1",
}, separators=(",", ":"))
FIELDS_V2 = "email_addresses%2Cfamily_name%2Cgiven_name%2Cid"

NGINX_HEAD = """
{user}
daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
"""

# The one contact comes from memory, in v2 with the fields that are asked for and in no other way; the pages, the token endpoint
# and all else come from the issuer behind it.
UPSTREAM = NGINX_HEAD + """
  default_type application/json;
  server {{
    listen 127.0.0.1:{port};
    location = {contact} {{
      if ($http_authorization = "") {{ return 401 '{{"message":"no Authorization header arrived"}}'; }}
      return 200 '{answer}';
    }}
    location = {contact_v2} {{
      if ($http_authorization = "") {{ return 401 '{{"message":"no Authorization header arrived"}}'; }}
      if ($args != "fields={fields_v2}") {{ return 400 '{{"message":"not the fields that are answered from memory"}}'; }}
      return 200 '{answer_v2}';
    }}
    location / {{
      proxy_pass http://127.0.0.1:{issuer};
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""

PEER = NGINX_HEAD + """
  upstream api {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer {token}";
    }}
  }}
}}
"""


class Failed(Exception):
    """Why there is no figure, in a sentence."""


def say(text):
    print(text, flush=True)


def private(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, name, **options):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            print(f"{name} did not end when asked and is killed", file=sys.stderr)
            process.kill()
            process.wait()


def wait_for(port, process, name):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failed(f"{name} ended with {process.returncode} before it listened")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Failed(f"{name} does not listen on port {port}")


@contextlib.contextmanager
def nginx(folder, name, port, template, **values):
    configuration = folder / f"{name}.conf"
    user = "user root;" if os.getuid() == 0 else ""
    private(configuration, template.format(folder=folder, name=name, port=port, user=user, **values))
    with open(folder / f"{name}.log", "wb") as log:
        with running([NGINX, "-p", str(folder), "-c", str(configuration)], name, stderr=log) as process:
            wait_for(port, process, name)
            yield process


class Form(html.parser.HTMLParser):
    """The fields of the form that goes to an address, as a browser would send them untouched."""

    def __init__(self, page, action):
        super().__init__()
        self.action, self.fields, self.inside = action, None, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.inside = attributes.get("action") == self.action
            if self.inside:
                self.fields = {}
        elif tag == "input" and self.inside and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "form"


class Homebody(urllib.request.HTTPRedirectHandler):
    """Follows no redirect away from this machine."""

    def redirect_request(self, request, answer, code, message, headers, newurl):
        if urllib.parse.urlsplit(newurl).hostname != "127.0.0.1":
            return None
        return super().redirect_request(request, answer, code, message, headers, newurl)


def approve(link, password):
    """Opens the link, signs in and approves on the issuer's own pages, and follows the way back to the program.

    Returns the address that the browser ends on, where that is on another machine.
    """
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Homebody())

    def send(page, action, **typed):
        form = Form(page.read().decode(), action)
        if form.fields is None:
            raise Failed(f"the page at {page.url.partition('?')[0]} has no form to {action}")
        data = urllib.parse.urlencode({**form.fields, **typed}).encode()
        return browser.open(urllib.parse.urljoin(page.url, action), data, timeout=30)

    consent = send(browser.open(link, timeout=30), "/signin", email=PERSON, password=password)
    try:
        send(consent, "/consent", decision="approve").read()
    except urllib.error.HTTPError as error:
        if "Location" not in error.headers:
            raise
        return error.headers["Location"]
    return None


class Stage:
    """The issuer behind nginx, and the keeper with an approved connection `bench` and a key for each of two paths."""

    def __init__(self, binary, folder, stack):
        self.binary, self.folder, self.stack = str(binary), folder, stack
        self.upstream_port, self.issuer_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.upstream_port}"
        self._keeper = None
        self.issuer = self._start_issuer()
        self.upstream = stack.enter_context(nginx(
            folder, "upstream", self.upstream_port, UPSTREAM, issuer=self.issuer_port, contact=CONTACT, answer=ANSWER,
            contact_v2=CONTACT_V2, answer_v2=ANSWER_V2, fields_v2=FIELDS_V2))
        self._connect()

    def command(self, data, *words):
        """What a command says on standard output."""
        ran = subprocess.run(
            [self.binary, *words, "--data", str(self.folder / data)], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60, check=False)
        if ran.returncode:
            raise Failed(f"evergrant {' '.join(words[:3])} … ended with {ran.returncode}: {ran.stderr.strip()[-500:]}")
        return ran.stdout.strip()

    def log(self, name):
        return self.stack.enter_context(open(self.folder / f"{name}.log", "wb"))

    def _start_issuer(self):
        self.password = secrets.token_urlsafe(18)
        private(self.folder / "password", self.password + "\n")
        self.command("issuer", "issuer", "tenant", "add", "Acme")
        self.command(
            "issuer", "issuer", "user", "add", PERSON, "--name", "Ann", "--tenant", "Acme", "--password-file",
            str(self.folder / "password"))
        self.client_id = self.command(
            "issuer", "issuer", "client", "add", "Bench", "--redirect-uri", "http://127.0.0.1/callback", "--secret-file",
            str(self.folder / "secret"))
        process = self.stack.enter_context(running(
            [self.binary, "issuer", "serve", "--base-url", self.base, "--port", str(self.issuer_port), "--data",
             str(self.folder / "issuer")], "issuer", stderr=self.log("issuer")))
        wait_for(self.issuer_port, process, "the issuer")
        return process

    def _connect(self):
        self.command(
            "keeper", "client", "add", "bench", "--provider", "evergrant", "--base-url", self.base, "--client-id",
            self.client_id, "--secret-file", str(self.folder / "secret"), "--redirect-uri", "http://127.0.0.1/callback")
        command = [self.binary, "connect", "bench", "--client", "bench", "--data", str(self.folder / "keeper")]
        with running(command, "connect", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            said = []
            for line in process.stderr:
                said.append(line)
                if line.strip().startswith(self.base):
                    approve(line.strip(), self.password)
                    break
            rest = process.stderr.read()
            if process.wait(timeout=60):
                raise Failed(f"evergrant connect ended with {process.returncode}: {(''.join(said) + rest).strip()[-500:]}")
        self.key, self.old_key = self._make_key("bench", CONTACT), self._make_key("old", CONTACT_V2)

    def _make_key(self, name, path):
        """A key that allows a GET of one path."""
        file = self.folder / f"{name}.key"
        self.command(
            "keeper", "key", "add", name, "--connection", "bench", "--allow", f"GET {path}", "--key-file", str(file))
        return file.read_text(encoding="utf-8").strip()

    def contacts_key(self):
        """The file with a key that may do what the contact jobs need."""
        file = self.folder / "contacts.key"
        self.command("keeper", "key", "add", "contacts", "--connection", "bench", "--contacts", "--key-file", str(file))
        return file

    def token(self):
        """A live access token, as `evergrant token` prints it."""
        return self.command("keeper", "token", "bench")

    def keeper(self):
        """The one that serves, started when it is first asked for. Returns the process and its address."""
        if self._keeper is None:
            self._keeper = self._start_keeper()
        return self._keeper

    def _start_keeper(self):
        """Serves on one thread, as the peer does."""
        process = self.stack.enter_context(running(
            [self.binary, "serve", "--port", "0", "--control-port", "0", "--threads", "1", "--json", "--data",
             str(self.folder / "keeper")], "keeper", stdout=subprocess.PIPE, stderr=self.log("keeper")))
        line = process.stdout.readline()
        try:
            return process, f"http://127.0.0.1:{json.loads(line)['port']}"
        except (ValueError, KeyError) as error:
            said = (self.folder / "keeper.log").read_text(encoding="utf-8", errors="replace")[-500:].strip()
            raise Failed(f"evergrant serve printed {line!r} and not its ports: {said}") from error

    def start_peer(self):
        """nginx with the same token in a static header. Returns the process and its address."""
        port = free_port()
        process = self.stack.enter_context(nginx(
            self.folder, "peer", port, PEER, upstream=self.upstream_port, token=self.token()))
        return process, f"http://127.0.0.1:{port}"


def fetch(url, headers, body=None):
    """Status and text of a GET, or of a POST where there is a body."""
    data = None if body is None else body.encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextlib.contextmanager
def stage(binary, folder):
    with contextlib.ExitStack() as stack:
        yield Stage(binary, pathlib.Path(folder), stack)
