#!/usr/bin/env ruby
# Plays a story of calls with xmlrpc/client; README.md beside this file has the rules.

require "cgi"
require "json"
require "uri"
require "xmlrpc/client"

STORY, ADDRESS, CREDENTIAL_FILE, PLACE = ARGV
RIGHT = File.read(CREDENTIAL_FILE).strip
TOLD = Hash.new { |tables, table| tables[table] = [] }

def named(table, number)
  TOLD[table] << number unless TOLD[table].include?(number)
  "@#{table} #{TOLD[table].index(number) + 1}"
end

def time(text)
  XMLRPC::DateTime.new(*text.match(/\A(\d{4})(\d\d)(\d\d)T(\d\d):(\d\d):(\d\d)\z/).captures.map { |part| part.to_i(10) })
end

def sent(value)
  case value
  when /\A@/
    table, turn = value[1..].split(" ")
    TOLD[table][turn.to_i - 1]
  when Hash then value.keys == ["dateTime"] ? time(value["dateTime"]) : value.transform_values { |member| sent(member) }
  when Array then value.map { |element| sent(element) }
  else value
  end
end

def shown(value, numbers, name = "")
  case value
  when Array then return value.map { |element| shown(element, numbers) }
  when Hash then return value.sort.to_h { |key, member| [key, shown(member, numbers, key)] }
  end
  if numbers.key?(name)
    value.to_s.split(",").map { |number| named(numbers[name], number.to_i) }.join(",")
  elsif value.is_a?(XMLRPC::DateTime)
    is_now = (Time.now - Time.utc(*value.to_a)).abs < 86_400
    {"dateTime" => is_now ? "now" : format("%04d%02d%02dT%02d:%02d:%02d", *value.to_a)}
  else
    value
  end
end

def untyped(method, arguments)
  values = arguments.map { |text| "<param><value>#{CGI.escapeHTML(text)}</value></param>" }.join
  "<methodCall><methodName>#{method}</methodName><params>#{values}</params></methodCall>"
end

def answer(step)
  credential = step["isRefused"] ? "none" : RIGHT
  url = URI(ADDRESS)
  path = url.path + (PLACE == "query" ? "?access_token=#{CGI.escape(credential)}" : "")
  client = XMLRPC::Client.new(url.host, path, url.port)
  client.http_header_extra = {"accept-encoding" => "identity"}
  client.http_header_extra["Authorization"] = "Bearer #{credential}" if PLACE == "header"
  arguments = [PLACE == "argument" ? credential : "key"] + step["with"].map { |value| sent(value) }
  if step["isUntyped"]
    body = client.send(:do_rpc, untyped(step["call"], arguments))
    is_well, value = client.send(:parser).parseMethodResponse(body)
  else
    is_well, value = client.call2(step["call"], *arguments)
  end
  is_well ? {"gives" => value} : {"fault" => value.faultCode, "says" => value.faultString}
rescue RuntimeError
  raise unless client&.http_last_response && client.http_last_response.code != "200"
  {"status" => client.http_last_response.code.to_i}
end

JSON.parse(File.read(STORY, encoding: "UTF-8")).each do |step|
  line = answer(step)
  if line.key?("gives")
    line["gives"] = line["gives"].slice(*step["only"]) if step["only"]
    line["gives"] = shown(line["gives"], step["numbers"] || {})
  end
  puts JSON.generate(line)
end
