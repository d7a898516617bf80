#!/usr/bin/env python3
"""Drives the contacts API with Keap's own Python SDK for REST v2, unmodified.

usage: keap_v2.py BASE_URL TOKEN_FILE

BASE_URL is where the SDK's `/rest/v2/…` hangs: `http://…/crm` at the issuer, `http://…/via/shop/crm` at the keeper.
TOKEN_FILE holds what goes into `Authorization: Bearer`: an access token, or one of the keeper's API keys. Makes people
of its own, named after the process, so that it can run any number of times; prints one JSON line, or fails.
"""

import json
import os
import sys
import time

from keap_core_v2_client import (
    Address, ApiClient, BasicCompany, Configuration, ContactApi, CreateUpdateContactRequest, EmailAddressRequest, PhoneNumber)
from keap_core_v2_client.exceptions import BadRequestException, NotFoundException, UnauthorizedException

base_url, token_file = sys.argv[1:]
with open(token_file, encoding="utf-8") as file:
    token = file.read().strip()


def api(token):
    return ContactApi(ApiClient(Configuration(host=base_url, access_token=token)))


def equal(what, found, wanted):
    if found != wanted:
        sys.exit(f"keap_v2.py: {what} is {found!r}, and not {wanted!r}")


def refused(what, kind, call):
    try:
        call()
    except kind:
        return
    sys.exit(f"keap_v2.py: {what} was not refused with {kind.__name__}")


contacts = api(token)
email = f"zoe.{os.getpid()}.{time.time_ns()}@example.org"


def zoe(**fields):
    return CreateUpdateContactRequest(email_addresses=[EmailAddressRequest(email=email, field="EMAIL1")], **fields)


created = contacts.create_contact(
    zoe(
        given_name="Zoë", family_name="Åkesson", job_title="Baker", company=BasicCompany(company_name="Bröd & Bulle"),
        phone_numbers=[PhoneNumber(number="+46 8 123 456", field="PHONE1", type="Work")],
        addresses=[
            Address(
                line1="12 Mill Lane", locality="Tucson", region_code="US-AZ", country_code="USA", postal_code="85701",
                field="BILLING")
        ]))
equal("the id of a created contact, by type,", type(created.id), str)
equal("the created name", (created.given_name, created.family_name), ("Zoë", "Åkesson"))
equal("the created address", created.email_addresses[0].email, email)

upserted = contacts.create_contact(zoe(family_name="Öberg"), duplicate_option="Email")
equal("the id after an upsert", upserted.id, created.id)
equal("the name after an upsert", (upserted.given_name, upserted.family_name), ("Zoë", "Öberg"))

other = zoe(given_name="Not Zoë", job_title="Miller")
patched = contacts.update_contact(created.id, other, update_mask=["job_title"])
equal("the masked field after a patch", patched.job_title, "Miller")
equal("a field outside the mask after a patch", patched.given_name, "Zoë")

read = contacts.get_contact(created.id)
equal("the contact read", (read.id, read.given_name, read.family_name, read.job_title), (created.id, "Zoë", "Öberg", "Miller"))
equal("the company read", read.company.company_name, "Bröd & Bulle")
equal("the phone number read", (read.phone_numbers[0].number, read.phone_numbers[0].var_field), ("+46 8 123 456", "PHONE1"))
address = read.addresses[0]
equal(
    "the address read",
    (address.line1, address.locality, address.region_code, address.country_code, address.postal_code, address.var_field),
    ("12 Mill Lane", "Tucson", "US-AZ", "USA", "85701", "BILLING"))

listed = contacts.list_contacts(filter=f"email=={email}", page_size=10)
equal("the list by e-mail", [contact.id for contact in listed.contacts], [created.id])

refused("a contact that does not exist", NotFoundException, lambda: contacts.get_contact("999999999"))
refused("a contact with nothing to reach it by", BadRequestException,
        lambda: contacts.create_contact(CreateUpdateContactRequest(given_name="Nobody")))
refused("a wrong token", UnauthorizedException, lambda: api("wrong").get_contact(created.id))

print(json.dumps({"created": 1, "upserted": 1, "patched": 1, "id": created.id, "email": email}, sort_keys=True))
