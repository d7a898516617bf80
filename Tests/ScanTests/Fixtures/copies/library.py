from xmlrpc.client import ServerProxy


class Infusionsoft(object):
    def __getattr__(self, service):
        return lambda method, *args: getattr(self.client, service + "." + method)(self.key, *args)
