"""What has to hold of the table and of the page that is made of it."""

from mutation import tables, tree

from . import bridge, operations, page, routes, table


def routed(listed, settled, errors):
    """The table calls there what has a route, and nothing else."""
    there = {route.key: route for route in routes.read(errors)}
    known = {operation.key for operation in listed}
    for key, route in there.items():
        if key not in known:
            errors.append(f"{tree.name_of(routes.ROUTES)}: Keap's documents have no operation {route}.")
    for operation, row in settled.items():
        if row.state == "not there" and operation.key in there:
            errors.append(f"{row.place}: {operation} has a route; say whether it works or differs.")
        if row.state != "not there" and operation.key not in there:
            errors.append(f"{row.place}: {operation} has no route.")


def tested(rows, tests, errors):
    """The titles of the tests that the table names."""
    titles = {test.identifier: test.title for test in tests}
    errors += [f"{row.place}: there is no test {row.test}." for row in rows if row.test and row.test not in titles]
    return titles


def run(write):
    errors = []
    documents = {version: operations.read(version, errors) for version in operations.LISTS}
    rows = table.read(errors)
    listed = [operation for document in documents.values() for operation in document.operations]
    settled = table.settle(rows, listed, errors)
    routed(listed, settled, errors)
    titles = tested(rows, tables.read_tests(), errors)
    methods = bridge.read(errors)
    if not errors:
        page.renew(page.Facts(documents, rows, settled, titles, methods), errors, write)
    return list(dict.fromkeys(errors))
