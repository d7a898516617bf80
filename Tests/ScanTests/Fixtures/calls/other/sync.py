"""Keeps people in step with Keap. ContactService.add is named in this text and not called."""
import xmlrpc.client
from infusionsoft.library import Infusionsoft

KEY = "secret"
server = xmlrpc.client.ServerProxy("https://shop.infusionsoft.com:443/api/xmlrpc")  # server.ContactService.add()


def add(person):
    identifier = server.ContactService.add(KEY, {"FirstName": person.first})
    server.ContactService.addToGroup(KEY, identifier, 97)
    return identifier


def people(table):
    rows = server.DataService.query(KEY, "Contact", 1000, 0, {"Id": "%"}, ["Id"])
    rows += server.DataService.query(KEY, table, 1000, 0, {"Id": "%"}, ["Id"])
    service = server.ContactService
    service.update(KEY, 3, {})
    getattr(server, "ContactService.merge")(KEY, 1, 2)
    getattr(server.ContactService, "load")(KEY, 1, ["Id"])
    getattr(server.ContactService, table)(KEY, 1)
    getattr(server, "DataService." + table)(KEY)
    return rows


infusionsoft = Infusionsoft("shop", KEY)
infusionsoft.ContactService("add", {"FirstName": "Ada"})
infusionsoft.DataService('query', 'Contact', 10, 0, {}, [])
infusionsoft.server().APIEmailService.optIn(KEY, "ada@example.org", "asked")
payload = f"""<methodCall><methodName>InvoiceService.getPayments</methodName>
<params><param><value><string>{KEY}</string></value></param></params></methodCall>"""
print("ContactService.add")
