module Infusionsoft
  class Client
    module Contact
      def contact_add(data)
        xmlrpc('ContactService.add', data)
      end
    end
  end
end
