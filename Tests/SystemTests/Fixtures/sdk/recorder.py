"""What every_method.py looks with: the SDK's APIs, which note what was called, and what is held against what comes back."""

import collections
import datetime
import inspect
import json

import keap_core_v2_client as keap
from keap_core_v2_client.exceptions import ApiException

# Each method again, with the answer's status, and with its bytes.
FORMS = ("_with_http_info", "_without_preload_content")


def methods(name):
    return [
        method for method, _ in inspect.getmembers(getattr(keap, name), inspect.isfunction)
        if not method.startswith("_") and not method.endswith(FORMS)
    ]


class Wrong(Exception):
    pass


class Recorder:
    """An API of the SDK that notes which of its methods were called and came back."""

    # How often a method came back.
    calls = collections.Counter()
    # What raised.
    failed = {}
    # How many reads came back alike in their other forms.
    forms = 0
    # Members of answers that the SDK has no name for.
    unnamed = set()

    def __init__(self, name, client):
        self.name = name
        self.api = getattr(keap, name)(client)

    def __getattr__(self, method):
        def call(*arguments, **named):
            full = f"{self.name}.{method}"
            try:
                found = getattr(self.api, method)(*arguments, **named)
                if method.startswith(("get_", "list_", "retrieve_")):
                    self.compare(method, found, arguments, named)
            except ApiException:
                raise
            except Exception as error:
                Recorder.failed[full] = " ".join(str(error).split())[:300]
                raise
            Recorder.calls[full] += 1
            self.note(full, found)
            return found

        return call

    def compare(self, method, found, arguments, named):
        whole = getattr(self.api, method + "_with_http_info")(*arguments, **named)
        raw = getattr(self.api, method + "_without_preload_content")(*arguments, **named)
        equal(f"the status of {method}", (whole.status_code, raw.status), (200, 200))
        equal(f"{method} with its status", whole.data, found)
        content = json.loads(raw.read())
        if hasattr(found, "from_dict"):
            equal(f"{method} as bytes", type(found).from_dict(content), found)
        Recorder.forms += 1

    def note(self, place, found):
        if isinstance(found, list):
            for one in found:
                self.note(place, one)
        elif hasattr(found, "additional_properties"):
            Recorder.unnamed |= {f"{place}: {type(found).__name__}.{key}" for key in found.additional_properties}
            for field in type(found).model_fields:
                if field != "additional_properties":
                    self.note(place, getattr(found, field))


def equal(what, found, wanted):
    if found != wanted:
        raise Wrong(f"{what} is {found!r}, and not {wanted!r}")


def holds(what, found, **wanted):
    for name, value in wanted.items():
        equal(f"{name} of {what}", getattr(found, name), value)


def refused(what, kind, call):
    try:
        call()
    except kind:
        return
    raise Wrong(f"{what} was not refused with {kind.__name__}")


def moment(what, value):
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.fromisoformat(value)
    # Clocks of one machine: a day is beyond doubt.
    if abs((datetime.datetime.now(datetime.timezone.utc) - value).total_seconds()) > 86400:
        raise Wrong(f"{what} is {value}, and not of today")


def pages(call, member, size, **named):
    """Every page of a list, one after another: what is on them, and how many there were."""
    found, token, count = [], None, 0
    while True:
        page = call(page_size=size, **named, **({"page_token": token} if token else {}))
        items = getattr(page, member)
        if len(items) > size:
            raise Wrong(f"a page of {size} has {len(items)} {member}")
        found += items
        count += 1
        token = page.next_page_token
        if not token:
            return found, count
