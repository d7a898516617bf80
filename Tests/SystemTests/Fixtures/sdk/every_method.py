#!/usr/bin/env python3
"""Calls every method that Keap's own Python SDK for REST v2, unmodified, has for contacts, companies, tags, custom fields,
notes, tasks, e-mail addresses and users, and looks at what comes back.

usage: every_method.py BASE_URL TOKEN_FILE

BASE_URL and TOKEN_FILE are as for keap_v2.py. The methods are read out of the package, so one that a later version adds is
missed: the script fails of each that is neither called nor in REFUSED. What is read is read in the two other forms that each
method has as well, with the answer's status and as bytes. Makes records of its own, so that it can run any number of times, and
takes them away again; prints one JSON line with what passed and what did not, or fails after it.
"""

import datetime
import json
import os
import sys
import time
import traceback

import keap_core_v2_client as keap
from keap_core_v2_client.exceptions import ApiException, ConflictException, ForbiddenException, NotFoundException

# Nothing is written beside the sources.
sys.dont_write_bytecode = True
from recorder import Recorder, equal, holds, methods, moment, pages, refused

APIS = ("ContactApi", "CompanyApi", "TagsApi", "NoteApi", "TaskApi", "EmailAddressApi", "UsersApi")

base_url, token_file = sys.argv[1:]
with open(token_file, encoding="utf-8") as file:
    client = keap.ApiClient(keap.Configuration(host=base_url, access_token=file.read().strip()))
mark = f"{os.getpid()}.{time.time_ns()}"
contacts, companies, tags, notes, tasks, addresses, users = (Recorder(name, client) for name in APIS)


def ids(items):
    return [item.id for item in items]


def email(name):
    return f"{name}.{mark}@example.org"


def person(given, family="Every", **fields):
    return keap.CreateUpdateContactRequest(
        given_name=given, family_name=family,
        email_addresses=[keap.EmailAddressRequest(email=email(given.lower()), field="EMAIL1")], **fields)


def user():
    return users.get_user_info().id


# The parts: each makes what it needs.

def who_calls():
    me = users.get_user_info()
    equal("the caller, by type,", type(me.id), str)
    read = users.get_user_by_id(me.id)
    holds("the user read", read, id=me.id, given_name=me.given_name, status="ACTIVE")
    equal("the address of the user", read.email_addresses[0].email, me.email)
    listed = users.list_paginated_users(filter=f"email=={me.email}", order_by="name desc", page_size=10)
    equal("the users of that address", ids(listed.users), [me.id])
    everybody, _ = pages(users.list_paginated_users, "users", 1)
    equal("whether the caller is among the users", me.id in ids(everybody), True)
    equal("the signature", users.get_user_signature(me.id), "")


def custom_fields(api, kind, record_type, model, many=None):
    """Tabs, groups and fields of a kind of record. `many` is its name in the methods of a field where that is another."""
    def method(verb, what):
        name = many if many and what == "custom_field" and verb in ("delete", "update") else kind
        return getattr(api, f"{verb}_{name}_{what}")

    def places(what):
        name, is_group = f"{kind} {what} {mark}", what == "group"
        request = getattr(keap, f"CreateCustomField{what.title()}Request")
        change = getattr(keap, f"UpdateCustomField{what.title()}Request")
        made = method("create", f"custom_field_{what}")(request(name=name, **({"tab_id": tab} if is_group else {})))
        holds(f"the {what} made", made, name=name, record_type=record_type)
        read = method("get", f"custom_field_{what}")(made.id)
        holds(f"the {what} read", read, id=made.id, name=name, **({"tab_id": tab} if is_group else {}))
        listed = getattr(method("list", f"custom_field_{what}s")(**({"tab_id": tab} if is_group else {})), what + "s")
        equal(f"the {what}s with that name", [one.id for one in listed if one.name == name], [made.id])
        changed = method("update", f"custom_field_{what}")(made.id, ["name"], change(name=name + " b", order=77))
        holds(f"the {what} changed", changed, id=made.id, name=name + " b", order=made.order)
        equal(f"the {what} read again", method("get", f"custom_field_{what}")(made.id).name, name + " b")
        return made.id

    tab = places("tab")
    group = places("group")
    create = keap.CreateCustomFieldRequest
    made = method("create", "custom_field")(create(label=f"Colour {mark}", field_type="TEXT", group_id=group))
    text = getattr(made, "custom_field", made)
    holds("the field made", text, label=f"Colour {mark}", field_type="TEXT", group_id=group, record_type=record_type)
    made = method("create", "custom_field")(create(
        label=f"Size {mark}", field_type="DROPDOWN", group_id=group,
        options=[keap.CreateCustomFieldOptionRequest(label=label) for label in ("Small", "Große")]))
    choice = getattr(made, "custom_field", made)
    equal("the choices", [option.label for option in choice.options], ["Small", "Große"])
    if kind != "contact":
        label = f"Couleur {mark}"
        changed = method("update", "custom_field")(
            text.id, keap.UpdateCustomFieldMetaDataRequest(label=label, group_id=group), update_mask=["label"])
        holds("the field changed", changed, id=text.id, label=label, field_type="TEXT")
    known = {field.id: field for field in getattr(api, model)().custom_fields}
    holds("the dropdown in the model", known[choice.id], label=f"Size {mark}", field_type="DROPDOWN")
    equal("the changed label in the model", known[text.id].label, text.label if kind == "contact" else label)

    def remove():
        for field in (text.id, choice.id):
            method("delete", "custom_field")(field)
        left = {field.id for field in getattr(api, model)().custom_fields}
        equal("the fields left in the model", left & {text.id, choice.id}, set())
        method("delete", "custom_field_group")(group)
        refused("a group that is gone", NotFoundException, lambda: method("get", "custom_field_group")(group))
        method("delete", "custom_field_tab")(tab)
        refused("a tab that is gone", NotFoundException, lambda: method("get", "custom_field_tab")(tab))

    return text.id, choice.id, remove


def contents(record):
    # A contact names each field that there is, with null where it has nothing.
    return {field.id: field.content for field in record.custom_fields or [] if field.content is not None}


def people():
    text, choice, remove = custom_fields(contacts, "contact", "CONTACT", "retrieve_contact_model")
    values = [keap.CustomFieldValue(id=text, content="Röd"), keap.CustomFieldValue(id=choice, content="Große")]
    made = contacts.create_contact(
        person("Ann", prefix="Dr.", job_title="Cook", birth_date="1985-03-15", preferred_locale="sv_SE", custom_fields=values,
               phone_numbers=[keap.PhoneNumber(number="+46 8 123 456", extension="7", type="Work", field="PHONE1")],
               fax_numbers=[keap.FaxNumber(number="5551235", type="Work", field="FAX1")],
               social_accounts=[keap.SocialAccount(name="@ann", type="LINKED_IN")],
               addresses=[keap.Address(line1="12 Mill Lane", locality="Tucson", region_code="US-AZ", country_code="USA",
                                       postal_code="85701", field="BILLING")]),
        fields=["id", "custom_fields", "given_name", "birth_date"])
    holds("the contact made", made, given_name="Ann", birth_date="1985-03-15")
    equal("what its fields hold", contents(made), {text: "Röd", choice: "Große"})
    others = [contacts.create_contact(person(name)) for name in ("Bo", "Cy", "Di", "Ed")]
    whole = ["id", "prefix", "job_title", "phone_numbers", "fax_numbers", "social_accounts", "addresses", "create_time",
             "preferred_locale"]
    read = contacts.get_contact(made.id, fields=whole)
    holds("the contact read", read, prefix="Dr.", job_title="Cook", preferred_locale="sv_SE")
    phone = read.phone_numbers[0]
    holds("the phone number read", phone, number="+46 8 123 456", extension="7", type="Work", var_field="PHONE1")
    holds("the fax number read", read.fax_numbers[0], number="5551235", var_field="FAX1")
    holds("the social account read", read.social_accounts[0], name="@ann", type="LINKED_IN")
    holds("the postal address read", read.addresses[0], line1="12 Mill Lane", region_code="US-AZ", var_field="BILLING")
    moment("the time of making", read.create_time)

    patched = contacts.update_contact(
        made.id, person("Other", job_title="Baker", custom_fields=[keap.CustomFieldValue(id=text, content="Grün")]),
        update_mask=["job_title", "custom_fields"], fields=["job_title", "given_name", "custom_fields"])
    holds("the contact patched", patched, job_title="Baker", given_name="Ann")
    equal("the field patched", contents(patched)[text], "Grün")

    every = [made.id, *ids(others)]
    listed, count = pages(
        contacts.list_contacts, "contacts", 2, filter=f"ids=={','.join(every)}", order_by="id desc",
        fields=["id", "given_name"])
    equal("the contacts on pages of two, last first", (ids(listed), count), (every[::-1], 3))
    equal("the names listed", [one.given_name for one in listed], ["Ed", "Di", "Cy", "Bo", "Ann"])
    for wanted, given in ((f"email==bo.{mark}*", every[1]), (f"given_name==Cy;contact_ids=={','.join(every)}", every[2])):
        equal(f"the contacts of {wanted}", ids(contacts.list_contacts(filter=wanted, page_size=5).contacts), [given])

    # Links.
    kind = contacts.create_contact_link_type(keap.CreateContactLinkTypeRequest(name=f"Kin {mark}", max_links=5))
    holds("the link type made", kind, name=f"Kin {mark}", max_links=5)
    changed = contacts.update_contact_link_type(
        kind.id, ["max_links"], keap.UpdateContactLinkTypeRequest(name="x", max_links=6))
    holds("the link type changed", changed, id=kind.id, name=f"Kin {mark}", max_links=6)
    listed = contacts.list_contact_link_types(filter=f"name==Kin {mark}", order_by="name asc", page_size=3)
    equal("the link types of that name", ids(listed.contact_link_types), [kind.id])
    pair = keap.LinkContactsRequest(contact1_id=every[0], contact2_id=every[1], link_type_id=kind.id)
    linked = contacts.link_contacts(pair)
    holds("the link", linked, contact1_id=every[0], contact2_id=every[1], link_type_id=kind.id, link_type_name=f"Kin {mark}")
    for one in every[:2]:
        found = [(link.contact1_id, link.contact2_id, link.link_type_id) for link in contacts.list_contact_links(one).links]
        equal(f"the links of contact {one}", found, [(every[0], every[1], kind.id)])
    contacts.unlink_contacts(pair)
    equal("the links left", contacts.list_contact_links(every[0]).links, [])
    contacts.delete_contact_link_type(kind.id)
    equal("the link types left", contacts.list_contact_link_types(filter=f"name==Kin {mark}").contact_link_types, [])

    # Two become one.
    merged = contacts.merge_contacts(
        keap.MergeContactRequest(contact_id=every[2], duplicate_contact_id=every[3]), fields=["id", "given_name"])
    holds("the contact merged", merged, id=every[2], given_name="Cy")
    refused("the contact that was merged away", NotFoundException, lambda: contacts.get_contact(every[3]))

    # What an address says of itself.
    address = email("ann")
    status = addresses.update_email_address_opt_status(address, keap.UpdateEmailAddress(opted_in=True, reason="asked"))
    holds("the address opted in", status, email=address, opted_in=True)
    status = addresses.update_email_address_opt_status(address, keap.UpdateEmailAddress(opted_in=False, reason="asked"))
    holds("the address opted out", status, email=address, opted_in=False)
    read = addresses.get_email_address_status(address)
    holds("the address read", read, email=address, opted_in=False, status=status.status)
    moment("the time of the address", read.create_time)

    for one in (every[0], every[1], every[2], every[4]):
        contacts.delete_contact(one)
    refused("a contact that is gone", NotFoundException, lambda: contacts.get_contact(every[0]))
    remove()


def firms():
    text, choice, remove = custom_fields(companies, "company", "COMPANY", "retrieve_company_custom_field_model")
    everything = ["notes", "fax_number", "address", "email_address", "phone_number", "create_time", "custom_fields"]
    made = companies.create_company(keap.CreateCompanyRequest(
        company_name=f"Firm A {mark}", notes="Wholesale", website="https://example.org",
        email_address=keap.EmailAddress(email=email("firm"), field="EMAIL1"),
        phone_number=keap.PhoneNumber(number="5551234", type="Work", field="PHONE1"),
        fax_number=keap.FaxNumber(number="5551235", type="Work", field="FAX1"),
        address=keap.Address(line1="1 Main St", locality="Phoenix", region_code="US-AZ", country_code="USA"),
        custom_fields=[keap.CustomFieldValue(id=text, content="Röd"), keap.CustomFieldValue(id=choice, content="Small")]))
    read = companies.get_company(made.id, fields=everything)
    holds("the company read", read, id=made.id, company_name=f"Firm A {mark}", notes="Wholesale", website="https://example.org")
    equal("what its fields hold", contents(read), {text: "Röd", choice: "Small"})
    equal("its addresses and numbers", (read.email_address.email, read.phone_number.number, read.fax_number.number,
                                        read.address.locality), (email("firm"), "5551234", "5551235", "Phoenix"))
    moment("the time of making", read.create_time)
    others = [companies.create_company(keap.CreateCompanyRequest(company_name=f"Firm {name} {mark}")) for name in "BCDE"]
    every = [made.id, *ids(others)]
    patched = companies.update_company(
        made.id, keap.UpdateCompanyRequest(website="https://example.com", notes="Retail"), update_mask=["notes"])
    equal("the company after a patch", (patched.id, patched.website), (made.id, "https://example.org"))
    equal("the notes patched", companies.get_company(made.id, fields=["notes"]).notes, "Retail")

    least = f"company_id>={every[0]}"
    listed, count = pages(companies.list_companies, "companies", 2, filter=least, order_by="id desc", fields=["notes"])
    equal("the companies on pages of two, last first", (ids(listed), count), (every[::-1], 3))
    equal("the notes listed", listed[-1].notes, "Retail")
    for wanted, given in ((f"company_name==Firm B {mark}", [every[1]]), (f"email=={email('firm')}", [every[0]]),
                          (f"name==Firm*;{least}", every), (f"city==Phoe*;{least}", [every[0]])):
        equal(f"the companies of {wanted}", sorted(ids(companies.list_companies(filter=wanted).companies), key=int), given)
    refused("the name of another company", ConflictException,
            lambda: companies.update_company(every[1], keap.UpdateCompanyRequest(company_name=f"Firm A {mark}")))

    tag = tags.create_tag(keap.CreateUpdateTagRequest(name=f"Firm tag {mark}"))
    for one in every[:3]:
        companies.add_tag_to_company(one, tag.id)
    carried = companies.list_tags_for_company(every[0], filter=f"name==Firm tag {mark}", order_by="name asc", page_size=5)
    equal("the tags of the company", [(one.tag.id, one.tag.name) for one in carried.tags], [(tag.id, f"Firm tag {mark}")])
    moment("the time of tagging", carried.tags[0].applied_time)
    tagged, count = pages(lambda **named: tags.list_companies_for_tag_id(tag.id, **named), "tagged_companies", 2,
                          order_by="company_name desc")
    equal("the companies of the tag", ([one.company.id for one in tagged], count), (every[2::-1], 2))
    equal("the name with it", tagged[0].company.company_name, f"Firm C {mark}")
    companies.remove_tag_from_company(every[0], tag.id)
    equal("the tags left", companies.list_tags_for_company(every[0]).tags, [])
    tags.delete_tag(tag.id)

    for one in every:
        companies.delete_company(one)
    refused("a company that is gone", NotFoundException, lambda: companies.get_company(made.id))
    remove()


def labels():
    category = tags.create_tag_category(keap.CreateUpdateTagCategoryRequest(name=f"Kinds {mark}", description="first"))
    holds("the category made", category, name=f"Kinds {mark}", description="first")
    changed = tags.update_tag_category(
        category.id, keap.CreateUpdateTagCategoryRequest(name="x", description="second"), update_mask=["description"])
    holds("the category changed", changed, id=category.id, name=f"Kinds {mark}", description="second")
    read = tags.get_category(category.id)
    holds("the category read", read, id=category.id, description="second")
    moment("the time of the category", read.create_time)
    listed = tags.list_tag_categories(filter=f"name==Kinds {mark}", order_by="update_time desc", page_size=3)
    equal("the categories of that name", ids(listed.tag_categories), [category.id])

    made = [tags.create_tag(keap.CreateUpdateTagRequest(
        name=f"{name} {mark}", description="d", category=keap.CategoryReference(id=category.id))) for name in ("A", "B", "C")]
    holds("the tag made", made[0], name=f"A {mark}", description="d")
    changed = tags.update_tag(made[0].id, keap.CreateUpdateTagRequest(name="x", description="e"), update_mask=["description"])
    holds("the tag changed", changed, id=made[0].id, name=f"A {mark}", description="e")
    read = tags.get_tag(made[0].id)
    holds("the tag read", read, name=f"A {mark}", description="e")
    equal("its category", read.category.id, category.id)
    listed, count = pages(tags.list_tags, "tags", 2, filter=f"category_id=={category.id}", order_by="name desc")
    equal("the tags on pages of two, last first", (ids(listed), count), (ids(made)[::-1], 2))
    refused("the name of another tag", ApiException, lambda: tags.create_tag(keap.CreateUpdateTagRequest(
        name=f"A {mark}", category=keap.CategoryReference(id=category.id))))

    people = [contacts.create_contact(person(name, family="Label")).id for name in ("Flo", "Gus", "Hal")]
    applied = tags.apply_tags(made[0].id, keap.ApplyRemoveTagRequest(contact_ids=[*people, "999999999"]))
    equal("for how many the tag was said something of", len(applied.results), 4)
    equal("the same of each that is there", len({applied.results[one] for one in people}), 1)
    equal("another of one that is not", applied.results["999999999"] != applied.results[people[0]], True)
    tags.apply_tags(made[1].id, keap.ApplyRemoveTagRequest(contact_ids=people[:1]))
    carried, count = pages(
        lambda **named: contacts.list_tags_for_contact(people[0], **named), "tags", 1,
        filter=f"category_id=={category.id}", order_by="name desc")
    equal("the tags of the contact", ([one.tag.id for one in carried], count), (ids(made)[1::-1], 2))
    moment("the time of tagging", carried[0].applied_time)
    tagged, count = pages(
        lambda **named: tags.list_contacts_with_tag_id(made[0].id, **named), "contacts", 2, order_by="given_name desc")
    equal("the contacts of the tag", ([(one.id, one.given_name) for one in tagged], count),
          ([(people[2], "Hal"), (people[1], "Gus"), (people[0], "Flo")], 2))
    found = tags.list_contacts_with_tag_id(made[0].id, filter=f"email=={email('gus')}").contacts
    equal("the contacts of the tag by address", ids(found), [people[1]])
    tags.remove_tags(made[0].id, keap.ApplyRemoveTagRequest(contact_ids=people[1:]))
    equal("the contacts left with the tag", ids(tags.list_contacts_with_tag_id(made[0].id).contacts), people[:1])

    for one in people:
        contacts.delete_contact(one)
    for one in made:
        tags.delete_tag(one.id)
    refused("a tag that is gone", NotFoundException, lambda: tags.get_tag(made[0].id))
    tags.delete_tag_category(category.id)
    refused("a category that is gone", NotFoundException, lambda: tags.get_category(category.id))


def jottings():
    text, choice, remove = custom_fields(notes, "note", "TASK_NOTE_APPOINTMENT", "retrieve_note_model", many="notes")
    me, who = user(), contacts.create_contact(person("Ivy")).id
    values = [keap.CustomFieldValueObject(id=text, content="Röd"), keap.CustomFieldValueObject(id=choice, content="Small")]
    made = notes.create_note(
        who, keap.CreateNoteRequest(title="Called", text="Wants bröd", type="Call", user_id=me, is_pinned=True,
                                    custom_fields=values), fields=["custom_fields"])
    holds("the note made", made, title="Called", text="Wants bröd", type="Call", contact_id=who)
    equal("what its fields hold", contents(made), {text: "Röd", choice: "Small"})
    equal("whose it is", made.assigned_to_user.id, me)
    moment("when it was pinned", made.pinned_at)
    others = [notes.create_note(who, keap.CreateNoteRequest(title=f"Note {name}", user_id=me)).id for name in "BCDE"]
    every = [made.id, *others]
    read = notes.get_note(who, made.id, fields=["custom_fields"])
    holds("the note read", read, id=made.id, text="Wants bröd")
    equal("what its fields hold when read", contents(read), {text: "Röd", choice: "Small"})
    changed = notes.update_note(
        who, made.id, keap.UpdateNoteRequest(user_id=me, title="Came by", text="x"), update_mask=["title"],
        fields=["custom_fields"])
    holds("the note changed", changed, title="Came by", text="Wants bröd", type="Call")
    listed, count = pages(
        lambda **named: notes.list_notes(who, **named), "notes", 2, order_by="id desc", fields=["custom_fields"])
    equal("the contact's notes on pages of two", (ids(listed), count), (every[::-1], 3))
    equal("what the fields of a listed one hold", contents(listed[-1]), {text: "Röd", choice: "Small"})
    equal("the contact's notes by title", ids(notes.list_notes(who, filter="title==Note*").notes), others)
    listed, count = pages(notes.list_all_notes, "notes", 2, filter=f"contact_id=={who};id>{made.id}", order_by="id asc")
    equal("everybody's notes, by filter", (ids(listed), count), (others, 2))
    equal("the templates", notes.list_note_templates(page_size=5).note_templates, [])
    for one in every:
        notes.delete_note(who, one)
    refused("a note that is gone", NotFoundException, lambda: notes.get_note(who, made.id))
    contacts.delete_contact(who)
    remove()


def chores():
    text, choice, remove = custom_fields(tasks, "task", "TASK_NOTE_APPOINTMENT", "retrieve_task_model")
    me, who = user(), contacts.create_contact(person("Jo")).id
    values = [keap.CustomFieldValueObject(id=text, content="Röd"), keap.CustomFieldValueObject(id=choice, content="Small")]
    made = tasks.create_task(
        keap.CreateTaskRequest(
            title="Bake", description="Two loaves", type="Call", priority="CRITICAL", due_time="2030-01-02T03:04:05Z",
            remind_time_mins=15, assigned_to_user_id=me, contact_id=who, custom_fields=values), fields=["custom_fields"])
    holds("the task made", made, title="Bake", priority="CRITICAL", remind_time_mins=15, contact_id=who, completed=False)
    equal("what its fields hold", contents(made), {text: "Röd", choice: "Small"})
    due = datetime.datetime.fromisoformat(made.due_time)
    equal("when it is due", due, datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc))
    others = [tasks.create_task(keap.CreateTaskRequest(title=f"Chore {name}", assigned_to_user_id=me, contact_id=who)).id
              for name in "BCDE"]
    every = [made.id, *others]
    read = tasks.get_task(made.id, fields=["custom_fields"])
    holds("the task read", read, id=made.id, description="Two loaves", assigned_to_user_id=me)
    equal("what its fields hold when read", contents(read), {text: "Röd", choice: "Small"})
    changed = tasks.update_task(
        made.id, keap.CreateUpdateTaskRequest(title="x", completed=True), update_mask=["completed"], fields=["custom_fields"])
    holds("the task changed", changed, title="Bake", completed=True)
    moment("when it was completed", changed.completion_time)
    listed, count = pages(
        tasks.list_tasks, "tasks", 2, filter=f"contact_id=={who}", order_by="id desc", fields=["custom_fields"])
    equal("the tasks on pages of two, last first", (ids(listed), count), (every[::-1], 3))
    equal("what the fields of a listed one hold", contents(listed[-1]), {text: "Röd", choice: "Small"})
    for wanted, given in (("is_completed==true", [made.id]), ("has_due_date==true", [made.id]), ("title==Chore*", others),
                          ("priority==CRITICAL", [made.id]), (f"task_ids=={','.join(others[:2])}", others[:2])):
        found = tasks.list_tasks(filter=f"{wanted};contact_id=={who}", order_by="id asc").tasks
        equal(f"the tasks of {wanted}", ids(found), given)
    for one in every:
        tasks.delete_task(one)
    refused("a task that is gone", NotFoundException, lambda: tasks.get_task(made.id))
    contacts.delete_contact(who)
    remove()


# Methods that the issuer refuses: what they are called with, the exception that comes, and the reason.
REFUSED = {
    "ContactApi.list_tags_across_contacts": (lambda: [], NotFoundException, "not in Keap's document of 2026-08-20"),
    "TagsApi.count_contacts_for_tag": (lambda: ["1"], NotFoundException, "not in Keap's document of 2026-08-20"),
    "TagsApi.list_contacts_across_tags": (lambda: [], NotFoundException, "not in Keap's document of 2026-08-20"),
    "EmailAddressApi.list_email_address_statuses": (lambda: [], NotFoundException, "an address is asked for by itself"),
    "UsersApi.update_user": (
        lambda: [user(), keap.UpdateUserRequest(given_name="Other")], ForbiddenException, "users are the operator's affair"),
}


def refusals():
    for full, (arguments, kind, _) in REFUSED.items():
        api, method = full.split(".")
        refused(full, kind, lambda: getattr(getattr(keap, api)(client), method)(*arguments()))


problems = []
for part in (who_calls, people, firms, labels, jottings, chores, refusals):
    try:
        part()
    except Exception as error:
        place = next(frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.filename == __file__)
        problems.append(f"{part.__name__}, line {place.lineno}: {type(error).__name__}: {' '.join(str(error).split())[:600]}")

every = [f"{api}.{method}" for api in APIS for method in methods(api)]
missed = [full for full in every if full not in Recorder.calls and full not in REFUSED]
problems += [f"no call of {full} came back" for full in missed]
problems += [f"{full} is not a method of the SDK" for full in REFUSED if full not in every]
problems += [f"the SDK has no name for {member}" for member in sorted(Recorder.unnamed)]
print(json.dumps({
    "methods": len(every), "passed": len([full for full in every if full in Recorder.calls]),
    "failed": Recorder.failed, "refused": {full: why for full, (_, _, why) in REFUSED.items()},
    "calls": sum(Recorder.calls.values()), "in other forms": Recorder.forms,
}, sort_keys=True))
if problems:
    sys.exit("every_method.py: " + "\n".join(problems))
