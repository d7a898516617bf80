/// What is known of an expression without running it.
enum Value: Equatable {
  /// An object of the iSDK class.
  case iSDK
  /// The official PHP SDK, or something that somebody has named after Keap.
  case official
  /// A service of an SDK, whose methods add the key themselves.
  case service(String)
  /// A service of a client's proxy, whose methods are given the key first.
  case proxy(String)
  /// What has a service's name in a source that does not name Keap: a proxy that another source has made, or something of its
  /// owner's.
  case namesake(String)
  /// Something that has Keap's tables, if it is called with one.
  case data
  /// An object of Novak's SDK that is a row, with the fields that it has been read with, which it writes back.
  case record(table: String, holds: FieldNames)
  /// Rows that a query of Novak's SDK gives back.
  case records(table: String, holds: FieldNames)
  /// The Ruby gem.
  case gem
  /// A client of XML-RPC, which takes a method's name.
  case client
  /// A string, whole.
  case text(String)
  /// A list or a struct that names fields.
  case fields(FieldNames)
  /// Something else.
  case other

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  var service: String? {
    switch self {
    case .service(let name), .proxy(let name): name
    default: nil
    }
  }

  /// Whether methods of Keap's may be called of it, or it is a row or a client.
  var isOfUse: Bool {
    switch self {
    case .text, .other, .data, .fields, .namesake: false
    default: true
    }
  }
}

/// Classes and functions by their names in small letters.
enum KnownNames {
  /// Clients that are called with a method's name.
  static let clients = names(
    #"""
    xmlrpc_client ixr_client wp_http_ixr_client zend_xmlrpc_client zend\xmlrpc\client laminas\xmlrpc\client
    phpxmlrpc\client fxmlrpc\client serverproxy xmlrpc::client rpc::xml::client frontier::client xmlrpc::lite
    createclient createsecureclient xmlrpcclient
    """#)

  /// How these are called; what else they have takes whole messages.
  static let callers = names(
    "query call call2 call_async call2_async send_request simple_request methodcall execute")

  /// Functions and classes that make a message, whose method comes first.
  static let messages = names(
    #"""
    xmlrpc_encode_request xmlrpcmsg xmlrpc_message ixr_request methodcaller rpc::xml::request phpxmlrpc\request
    zend_xmlrpc_request zend\xmlrpc\request laminas\xmlrpc\request
    """#)

  /// What takes an object and the name of its method.
  static let callables = names("call_user_func call_user_func_array array_map array_walk usort")

  /// Functions of PHP that change the list that they are given.
  static let growers = names("array_push array_unshift array_splice array_walk")

  /// Functions of PHP that give back one element of a list.
  static let pickers = names("array_shift array_pop reset current end next")

  /// Functions of frameworks that give back what is registered under a name.
  static let containers = names("app resolve make get service")

  /// What shows, compares or looks up a text, and sends it nowhere.
  private static let quiet = names(
    """
    __ _e _x add_action add_filter apply_filters array_key_exists assert assertequals assertsame carp cflog cfthrow
    contains critical croak dd debug describe die dispatch do_action dump echo empty endswith equals error error_log
    esc_attr esc_html esc_html__ exit explode fire getlogger htmlspecialchars in_array includes indexof info isset it
    log notice preg_match preg_quote print print_r printf println puts raise remove_action setname startswith
    str_contains str_replace str_starts_with stripos strlen strpos syslog test throw trace trans trigger_error ucfirst
    unset var_dump warn warning writedump writeline writelog writeoutput
    """)

  /// Types of PHP that are no classes.
  static let builtInTypes = names("string int float bool array callable iterable mixed object null false true")

  private static func names(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  static func isQuiet(_ name: String) -> Bool {
    let name = name.lowercased()
    return quiet.contains(name) || name.hasSuffix("exception") || name.hasSuffix("error") || name.hasPrefix("log")
  }
}
