#!/usr/bin/env ruby
# An old program in Ruby, around the lines of docs/recipes/xmlrpc.md.   old.rb LINES

require "json"
require "xmlrpc/client"

program = binding
program.eval(File.read(ARGV[0], encoding: "UTF-8"))
keap, key = program.local_variable_get(:keap), program.local_variable_get(:key)
found = keap.call("ContactService.findByEmail", key, "ada@example.org", ["Id"])
keap.call("ContactService.update", key, found[0]["Id"], {"JobTitle" => "Rubinière"})
puts JSON.generate(keap.call("ContactService.load", key, found[0]["Id"], %w[FirstName JobTitle]))
