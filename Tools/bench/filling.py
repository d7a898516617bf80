"""Fills an issuer's store with contacts faster than its API takes them: copies of one that the API took, each with an address,
names and a telephone number of its own. What the issuer writes for a contact, in which form, is read from that one."""

import contextlib
import sqlite3

# The one that is copied has these, and no other text of it has them inside.
EMAIL, GIVEN, FAMILY, PHONE = "p.0000000000@fill.example", "Given00000", "Family00000", "0000000000"


def body():
    """The contact that is copied, as the API takes it."""
    return {
        "given_name": GIVEN, "family_name": FAMILY, "job_title": "Analyst",
        "phone_numbers": [{"number": PHONE, "field": "PHONE1"}], "email_addresses": [{"email": EMAIL, "field": "EMAIL1"}],
    }


# Addresses and numbers in no order, as those of people are; each text as long as the one it stands for.
PLACES = [
    (EMAIL, "'p.' || printf('%010d', n * 7654321 % 9999999967) || '@fill.example'"),
    (GIVEN, "'Given' || printf('%05d', n * 7919 % 4999)"), (FAMILY, "'Family' || printf('%05d', n * 104729 % 49999)"),
    (PHONE, "printf('%010d', n * 15485863 % 9999999929)"),
]


def copied(column, sample, key):
    """What a copy has in a column: an expression over the sample's row and the copy's number."""
    if column == key:
        return "n"
    if not isinstance(sample, (str, bytes)):
        return f's."{column}"'
    text, is_blob = sample, isinstance(sample, bytes)
    if is_blob:
        try:
            text = sample.decode()
        except UnicodeDecodeError:
            return f's."{column}"'
    value = whole = f'CAST(s."{column}" AS TEXT)'
    for place, own in PLACES:
        for there, put in [(place, own), (place.lower(), f"lower({own})")]:
            if there in text:
                value = f"replace({value}, '{there}', {put})"
                text = text.replace(there, "")
    if value == whole:
        return f's."{column}"'
    return f"CAST({value} AS BLOB)" if is_blob else value


def fill(path, sample, count):
    """Adds copies of the contact with this number, which no other tenant has. The issuer may be running, and is to be asked for
    nothing meanwhile."""
    if count < 1:
        return
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
        db.row_factory = sqlite3.Row
        for pragma in ("synchronous = OFF", "cache_size = -200000", "foreign_keys = OFF"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN IMMEDIATE")
        (tenant, first), = db.execute(
            "SELECT t.id, t.next_id FROM tenants t JOIN contacts c ON c.tenant_id = t.id WHERE c.id = ?", (sample,)).fetchall()
        for table, key in (("contacts", "id"), ("match_keys", "contact_id"), ("contact_values", "contact_id")):
            # An index is made of many rows faster than it takes them in one by one.
            indexes = db.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                (table,)).fetchall()
            for index in indexes:
                db.execute(f'DROP INDEX "{index["name"]}"')
            where = f"tenant_id = {int(tenant)} AND {key} = {int(sample)}"
            rows = db.execute(f"SELECT rowid AS place, * FROM {table} WHERE {where}").fetchall()
            if not rows:
                raise ValueError(f"the contact that is to be copied has nothing in {table}")
            columns = [name for name in rows[0].keys() if name != "place"]
            selects = [
                "SELECT " + ", ".join(f'{copied(name, row[name], key)} AS "{name}"' for name in columns)
                + f" FROM numbers JOIN {table} s ON s.rowid = {row['place']}" for row in rows]
            names = ", ".join(f'"{name}"' for name in columns)
            # In the order of the primary key, which stays.
            order = ' ORDER BY "value"' if table == "match_keys" else ""
            db.execute(
                f"WITH RECURSIVE numbers (n) AS "
                f"(SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {first + int(count) - 1}) "
                f"INSERT INTO {table} ({names}) SELECT * FROM ({' UNION ALL '.join(selects)}){order}")
            for index in indexes:
                db.execute(index["sql"])
        db.execute("UPDATE tenants SET next_id = next_id + ? WHERE id = ?", (count, tenant))
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
