import Bridge
import Wire

/// How the official PHP SDK, Novak's PHP SDK and those who call by name spell Keap's services and their methods.
enum Services {
  /// The services by which methods are called over XML-RPC.
  static let names: Set<String> = [
    "APIAffiliateService", "APIEmailService", "AffiliateProgramService", "AffiliateService", "ContactService",
    "CreditCardSubmissionService", "DataService", "DiscountService", "EmailService", "FileService", "FunnelService",
    "InvoiceService", "OrderService", "ProductService", "SearchService", "ServiceCallService", "ShippingService",
    "WebFormService", "WebTrackingService",
  ]

  private static let byLowercase = Dictionary(names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { $1 })

  /// The official SDK's ways to a service: `$infusionsoft->contacts('xml')`.
  static let accessors: [String: String] = [
    "affiliatePrograms": "AffiliateProgramService", "affiliates": "AffiliateService", "contacts": "ContactService",
    "creditcards": "CreditCardSubmissionService", "data": "DataService", "discounts": "DiscountService",
    "emails": "APIEmailService", "files": "FileService", "funnels": "FunnelService", "invoices": "InvoiceService",
    "orders": "OrderService", "products": "ProductService", "search": "SearchService", "shipping": "ShippingService",
    "webForms": "WebFormService", "webTracking": "WebTrackingService",
  ]

  /// What an SDK calls otherwise than Keap does, by service and method in small letters.
  private static let renamed: [String: String] = [
    "apiemailservice.sendemailtemplate": "APIEmailService.sendTemplate",
    "creditcardsubmissionservice.requestccsubmissiontoken": "CreditCardSubmissionService.requestSubmissionToken",
    "dataservice.getappointmentical": "DataService.getAppointmentCal", "dataservice.ping": "DataService.echo",
    "dataservice.getuserdata": "DataService.getUserInfo",
    "dataservice.querywithorderby": "DataService.query", "dataservice.save": "DataService.update",
    "dataservice.search": "DataService.query", "dataservice.searchwithorderby": "DataService.query",
    "invoiceservice.validatecreditcarddata": "InvoiceService.validateCreditCard",
    "shippingservice.getallconfiguredshippingoptions": "ShippingService.getAllShippingOptions",
  ]

  /// Helpers of Novak's SDK that query the custom fields.
  static let fieldHelpers: Set<String> = ["getcustomfields", "getcustomfield", "getcachedcustomfields"]

  /// The service of this name as Keap spells it, in whatever case it stands.
  static func named(_ name: some StringProtocol) -> String? {
    let known = byLowercase[name.lowercased()]
    return known == "EmailService" ? "APIEmailService" : known
  }

  /// Keap's name of a service's method; nil where an SDK has it for itself.
  static func method(_ name: String, of service: String) -> String? {
    let key = "\(service).\(name)".lowercased()
    // Keap has the methods about affiliates under two services.
    let other = key.hasPrefix("api") ? String(key.dropFirst(3)) : "api" + key
    return renamed[key].flatMap { Verdict.known[$0.lowercased()] } ?? Verdict.known[key] ?? Verdict.known[other]
  }

  /// Keap's name of a service's method that is spelt as on the wire; nil for any other.
  static func wireMethod(_ name: String, of service: String) -> String? {
    BridgeMethod.named("\(service).\(name)")?.name
  }

  /// A service and a method as they go over the wire, or nil for any other text.
  static func wireName(_ text: some StringProtocol) -> (service: String, method: String)? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, names.contains(String(parts[0])), parts[1].isName else { return nil }
    return (String(parts[0]), String(parts[1]))
  }
}

extension StringProtocol {
  /// Whether it may be shown where one of Keap's names is expected: what looks otherwise may be a secret.
  var isTellable: Bool { utf8.count <= 40 && isName && !utf8.contains { $0.isASCIIDigit } }

  var isName: Bool { utf8.first.map { $0.isNameStart } == true && utf8.allSatisfy(\.isNamePart) }

  /// Whether somebody who named it so means Keap, by its name of today or of before.
  var speaksOfKeap: Bool {
    var rest = utf8[...]
    while let byte = rest.first {
      switch byte.lowercased {
      case UInt8(ascii: "k") where rest.begins("keap"), UInt8(ascii: "i") where rest.begins("infusion"): return true
      default: rest.removeFirst()
      }
    }
    return false
  }
}

extension Sequence<UInt8> {
  /// Whether it begins with a word, in whatever case.
  fileprivate func begins(_ word: StaticString) -> Bool {
    prefix(word.utf8CodeUnitCount).map(\.lowercased).elementsEqual(word.withUTF8Buffer(Array.init))
  }
}
