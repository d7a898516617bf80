# Infusionsoft.contact_add(data)
=begin
server.call('ContactService.add')
=end
storage.file_get(3)
contact_add(3)
puts "Infusionsoft.contact_add"
logger.warn 'ContactService.add'
raise 'ContactService.add'
