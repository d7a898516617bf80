"""How Keap was called:

    server.ContactService.add(KEY, {})
    infusionsoft.ContactService('add', {})
"""
# server.DataService.query(KEY, "Contact", 10, 0, {}, [])
import logging
LIMITS = {"ContactService.add": 10}
logging.info("ContactService.add")
raise ValueError("ContactService.add")
assert name == "ContactService.add"
contact_service.add({})
