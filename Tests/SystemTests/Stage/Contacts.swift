import Foundation

/// Contacts as the API gives them back, as far as these tests look.
struct ContactList: Decodable {
  var contacts: [ShownContact]
}

struct ShownContact: Decodable {
  struct Item: Decodable {
    var email: String?
    var number: String?
    var field: String?
  }

  struct Company: Decodable { var company_name: String? }

  struct Address: Decodable {
    var line1: String?
    var locality: String?
    var region_code: String?
    var country_code: String?
    var postal_code: String?
    var field: String?
  }

  var id: String
  var given_name: String?
  var family_name: String?
  var company: Company?
  var email_addresses: [Item]?
  var phone_numbers: [Item]?
  var addresses: [Address]?

  var email: String { email_addresses?.first?.email ?? "" }
}

/// What a page of REST v1 tells beside its contacts.
struct ContactCount: Decodable { var count: Int }

/// What `contacts import --json` tells.
struct ImportReport: Decodable, Equatable {
  struct Line: Decodable, Equatable {
    var line: Int
    var reason: String
  }

  struct Repeat: Decodable, Equatable {
    var line: Int
    var sameAs: Int
  }

  var rows: Int
  var created: Int
  var updated: Int
  var unchanged: Int
  var refused: [Line]
  var repeated: [Repeat]
  var warnings: [Line]
  var resumeAt: Int?
}

/// A customer file of invented people.
struct Customers {
  var name: String
  var count: Int

  func email(_ number: Int) -> String { "\(name).\(number)@example.org" }

  var csv: String {
    let rows = (1...count).map { "Given\($0),Family \(name) \($0),\(email($0)),Tucson,AZ,United States\n" }
    return "First Name,Last Name,Email,City,Province,Country\n" + rows.joined()
  }
}
