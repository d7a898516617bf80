"""Records at the issuer for generated calls to meet: each is made when the first call wants it."""

import time

import requests

# What a part of a path, or a member of a body, names. `{kind}` is the record that a custom field belongs to.
OF_PATHS = {
    "contactId": "contact", "contact_id": "contact", "companyId": "company", "company_id": "company", "tagId": "tag",
    "tag_id": "tag", "tag_category_id": "category", "noteId": "note", "note_id": "note", "note": "note", "taskId": "task",
    "task_id": "task", "link_type_id": "link type", "userId": "user", "user_id": "user", "email": "address",
    "tab_id": "tab of {kind}", "group_id": "group of {kind}", "custom_field_id": "field of {kind}",
}
OF_BODIES = {
    "contact_id": "contact", "contact1_id": "contact", "contact2_id": "other contact", "duplicate_contact_id": "other contact",
    "contact_ids": "contact", "link_type_id": "link type", "tagIds": "tag", "ids": "contact", "user_id": "user",
    "assigned_to_user_id": "user", "owner_id": "user", "group_id": "group of {kind}", "tab_id": "tab of {kind}",
}
OF_MEMBERS = {"company": "company", "contact": "contact", "category": "category"}
# What a text must be to mean something, by the member's name; a description only says that it is one.
TEXTS = {
    "email": "{address}", "country_code": "USA", "region_code": "US-AZ", "region": "AZ", "postal_code": "85701",
    "zip_code": "85701", "zip_four": "1234", "number": "5551234", "birth_date": "1985-03-15",
    "birthday": "1985-03-15T00:00:00.000Z", "anniversary_date": "2015-06-20", "anniversary": "2015-06-20",
    "due_time": "2030-01-02T03:04:05Z", "due_date": "2030-01-02T03:04:05.000Z", "completion_time": "2026-01-02T03:04:05Z",
    "completion_date": "2026-01-02T03:04:05.000Z", "time_zone": "America/New_York", "preferred_locale": "en_US",
    "website": "https://example.org", "ip_address": "192.0.2.1",
}
# What must be there for something to be made, by the last part of a path; a description seldom says so.
NEEDED = {
    "tags": {"name": "{title}"}, "categories": {"name": "{title}"}, "tabs": {"name": "{title}"},
    "groups": {"name": "{title}", "tab_id": ""}, "types": {"name": "{title}", "max_links": 5}, "tasks": {"title": "{title}"},
    "notes": {"title": "{title}"}, "{noteId}": {"title": "{title}"}, "{taskId}": {"title": "{title}"},
    "status": {"reason": "asked", "opted_in": True}, "{email}": {"reason": "asked", "opted_in": True},
}
RESOURCES = {"contacts": "contact", "companies": "company", "tags": "tag", "notes": "note", "tasks": "task"}
POSTAL = {"line1": "1 Main St", "locality": "Phoenix", "region_code": "US-AZ", "country_code": "USA", "postal_code": "85001"}


class Records:
    def __init__(self, base, token):
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        # In each name, so that a script can run again at the same issuer.
        self.mark = f"{time.time_ns()}"
        self.kept, self.count = {}, 0

    def post(self, path, **body):
        answer = self.session.post(f"{self.base}/v2/{path}", json=body)
        if answer.status_code != 201:
            raise SystemExit(f"POST {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def made(self, name):
        """The identifier of a new record, as v2 writes it."""
        self.count += 1
        number = self.count
        title = f"Generated {self.mark}.{number}"
        what, _, kind = name.partition(" of ")
        fields = f"{kind}/model/customFields"
        if what in ("contact", "other contact"):
            address = {"email": f"generated.{self.mark}.{number}@example.org", "field": "EMAIL1", "opt_in_reason": "asked"}
            return self.post(
                "contacts", given_name=title, family_name="Lee", middle_name="M", prefix="Dr.", suffix="Jr", job_title="Cook",
                spouse_name="Bo", contact_type="Lead", website="https://example.org", time_zone="America/New_York",
                preferred_locale="en_US", birth_date="1985-03-15", anniversary_date="2015-06-20", source_type="API",
                email_addresses=[address], addresses=[POSTAL | {"field": "BILLING"}],
                phone_numbers=[{"number": "5551234", "extension": "1", "type": "Work", "field": "PHONE1"}],
                fax_numbers=[{"number": "5551235", "type": "Work", "field": "FAX1"}],
                social_accounts=[{"name": "@ann", "type": "LINKED_IN"}], company={"id": self.living("company")},
                custom_fields=[{"id": self.living("field of contacts"), "content": "Red"}])["id"]
        if what == "address":
            self.made("contact")
            return f"generated.{self.mark}.{number + 1}@example.org"
        if what == "company":
            return self.post(
                "companies", company_name=title, notes="Wholesale", website="https://example.org", address=POSTAL,
                email_address={"email": f"firm.{self.mark}.{number}@example.org", "field": "EMAIL1"},
                phone_number={"number": "5551234", "type": "Work", "field": "PHONE1"},
                fax_number={"number": "5551235", "field": "FAX1"},
                custom_fields=[{"id": self.living("field of companies"), "content": "Red"}])["id"]
        if what == "tag":
            return self.post("tags", name=title, category={"id": self.living("category")})["id"]
        if what == "category":
            return self.post("tags/categories", name=title)["id"]
        if what == "note":
            return self.post(f"contacts/{self.living('contact')}/notes", title=title, user_id=self.living("user"))["id"]
        if what == "task":
            body = {"title": title, "assigned_to_user_id": self.living("user"), "contact_id": self.living("contact")}
            return self.post("tasks", **body)["id"]
        if what == "link type":
            return self.post("contacts/links/types", name=title, max_links=100)["id"]
        if what == "tab":
            return self.post(f"{fields}/tabs", name=title)["id"]
        if what == "group":
            return self.post(f"{fields}/groups", name=title, tab_id=self.living(f"tab of {kind}"))["id"]
        if what == "field":
            field = self.post(fields, label=title, field_type="TEXT", group_id=self.living(f"group of {kind}"))
            return field.get("custom_field", field)["id"]
        return self.session.get(f"{self.base}/v2/oauth/connect/userinfo").json()["id"]

    def living(self, name):
        if name not in self.kept:
            self.kept[name] = self.made(name)
        return self.kept[name]

    def of_path(self, method, path, parameter):
        """A record for a part of a path; for what takes records away, one that nothing else needs."""
        resource = path.split("/")[2]
        name = OF_PATHS.get(parameter, RESOURCES.get(resource, "")).replace("{kind}", resource)
        last = path.endswith("{" + parameter + "}")
        return self.made(name) if method == "DELETE" and last and name not in ("user", "address") else self.living(name)

    def in_body(self, path, body):
        """The body with records that there are where it names some, and with texts that mean something."""
        _, version, resource, *_ = path.split("/")
        last = path.rpartition("/")[2]

        def identifier(name):
            name = name.replace("{kind}", resource)
            made = self.made(name) if name == "other contact" else self.living(name)
            return int(made) if version == "v1" else made

        def changed(key, value):
            if key in OF_BODIES and value is not None:
                return [identifier(OF_BODIES[key])] if isinstance(value, list) else identifier(OF_BODIES[key])
            if key in TEXTS and isinstance(value, str):
                self.count += 1
                return TEXTS[key].replace("{address}", f"generated.{self.mark}.{self.count}@example.org")
            if isinstance(value, dict):
                made = {name: changed(name, one) for name, one in value.items()}
                return made | {"id": identifier(OF_MEMBERS[key])} if key in OF_MEMBERS else made
            return [changed(key, one) for one in value] if isinstance(value, list) else value

        if path.endswith(":unlink"):
            pair = {name: self.made("contact") for name in ("contact1_id", "contact2_id")}
            pair["link_type_id"] = self.living("link type")
            self.post("contacts:link", **pair)
            return pair
        if isinstance(body, dict):
            self.count += 1
            title = f"Generated {self.mark}.{self.count}"
            body = body | {name: title if one == "{title}" else one for name, one in NEEDED.get(last, {}).items()}
        return changed("", body)
