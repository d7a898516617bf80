"""What docs/reliability.md tells of the benchmarks: a paragraph made of the figures in docs/measured.json."""

import json
import pathlib
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEASURED = ROOT / "docs" / "measured.json"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures of make bench: Tools/bench/documents writes them -->\n", "<!-- end of the figures -->\n"
WIDTH = 126


def milliseconds(microseconds):
    return f"{microseconds / 1000:.1f} ms"


def connections(one):
    alone, together = one["refresh"]["alone"], one["refresh"]["together"]
    return (
        f"With {one['connections']:,} connections a keeper starts in {one['start_milliseconds'] / 1000:.1f} s, takes "
        f"{one['resident_megabytes']:.0f} MB, and finds what is due next in {one['next_due_microseconds']:.1f} µs; a refresh "
        f"takes {milliseconds(alone['cpu_microseconds'])} of CPU and {alone['syncs']:.0f} syncs alone, "
        f"{milliseconds(together['cpu_microseconds'])} and {together['syncs']:.0f} among others.")


def proxy(one):
    ours, theirs, ratio = one["evergrant"], one["nginx"], one["ratio_to_nginx"]
    return (
        f"A GET that is passed on takes {ours['cpu_microseconds_per_request']:.0f} µs of CPU, "
        f"{ratio['cpu_microseconds_per_request']:.1f} times what nginx takes that adds a fixed header; with 32 clients at "
        f"once it takes {milliseconds(ours['p50_microseconds'])} in the median, with nginx "
        f"{milliseconds(theirs['p50_microseconds'])}.")


def bridge(one):
    ours, ratio = one["bridge"], one["ratio_to_rest"]
    return (
        f"`ContactService.load` in XML-RPC takes {ours['cpu_microseconds_per_request']:.0f} µs of CPU, "
        f"{ratio['cpu_microseconds_per_request']:.1f} times what the GET of REST v2 takes that it becomes, and "
        f"{milliseconds(ours['p50_microseconds'])} in the median, {ratio['p50_microseconds']:.1f} times as long.")


def upserts(one):
    return f"The issuer adds {one['requests_per_second']:,.0f} contacts a second, each stored when it answers."


def import_of_a_file(one):
    return (
        f"A file of {one['rows']:,} people goes in through the keeper at {one['rows_per_second']:,.0f} rows a second where they "
        f"are new, also if it is killed on the way and goes on, {one['unchanged_rows_per_second']:,.0f} where nothing has "
        f"changed; the job takes {one['start_megabytes_of_the_job']:.0f} MB in its first tenth and "
        f"{one['end_megabytes_of_the_job']:.0f} MB in the end.")


def batches(one):
    few, *more = [(int(name.removeprefix("with_")), part) for name, part in one.items() if name.startswith("with_")]
    first = {name: part["contacts_per_second"] for name, part in few[1].items()}
    told = (
        f"In calls of {one['contacts_of_a_batch']:,} the issuer adds {first['batch']:,.0f} contacts a second, "
        f"{first['ratio_to_single']:.1f} times as many as in calls of one, where a tenant has {few[0]:,} when it begins")
    for size, part in more:
        told += (
            f", and {part['batch']['contacts_per_second']:,.0f} with {size:,}, "
            f"{part['ratio_to_single']['contacts_per_second']:.1f} times as many")
    return told + "."


def paragraph(bench):
    """Of what has been measured; what has not been is not told of."""
    told = [words(bench[name]) for name, words in SENTENCES.items() if name in bench]
    return textwrap.fill(" ".join(told)[:-1] + " (`make bench`).", WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


SENTENCES = {
    "connections": connections, "proxy": proxy, "bridge": bridge, "upserts": upserts, "batches": batches, "import": import_of_a_file}


def told():
    """The page as it is, and as the figures have it."""
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.relative_to(ROOT)} has no place for the figures of make bench")
    bench = json.loads(MEASURED.read_text(encoding="utf-8"))["bench"]
    return page, before + BEGIN + paragraph(bench) + END + after


def write():
    page, due = told()
    if page != due:
        PAGE.write_text(due, encoding="utf-8")
