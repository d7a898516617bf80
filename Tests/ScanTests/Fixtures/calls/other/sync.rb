require 'infusionsoft'
# Infusionsoft.contact_add({})
=begin
Infusionsoft.data_query('Contact', 1, 0, {}, [])
=end
Infusionsoft.configure do |config|
  config.api_url = 'shop.infusionsoft.com'
end

id = Infusionsoft.contact_add({ FirstName: 'Ada', Email: 'ada@example.org' })
Infusionsoft.contact_add_to_group(id, 97)
tags = Infusionsoft.data_query('ContactGroup', 1_000, 0, {}, %w(GroupName Id))
Infusionsoft.data_update 'Contact', id, { '_Seen' => 'yes' }
Infusionsoft.email_optin(email, 'asked')
Infusionsoft.invoice_get_all_payment_otpions
client = Infusionsoft::Client.new(api_key: key)
client.contact_find_by_email('ada@example.org', [:Id])
client.public_send(:contact_run_action_set, id, 4)
client.send(action, id)

server = XMLRPC::Client.new3(host: 'shop.infusionsoft.com', path: '/api/xmlrpc', port: 443, use_ssl: true)
server.call('ContactService.load', key, id, ['Id'])
contacts = server.proxy('ContactService')
contacts.merge(key, 1, 2)
body = <<~XML
  <methodCall>
    <methodName>DataService.load</methodName>
    <params><param><value>#{key}</value></param><param><value><string>Company</string></value></param></params>
  </methodCall>
XML
puts 'ContactService.add'
