from helpers import KEY, proxy


def add(person):
    identifier = proxy.ContactService.add(KEY, {"FirstName": person.first})
    proxy().DataService.query(KEY, "Contact", 10, 0, {}, ["Id"])
    getattr(proxy.ContactService, "load")(KEY, 1, ["Id"])
    service = proxy.ContactService
    service.merge(KEY, 1, 2)
    proxy.ContactService.remember(KEY, identifier)
    return identifier
