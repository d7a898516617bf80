require_relative 'helpers'
id = proxy.ContactService.add(KEY, { 'FirstName' => 'Ada' })
proxy.DataService.query KEY, 'Contact', 10, 0, {}, ['Id']
proxy.ContactService.remember(KEY, id)
