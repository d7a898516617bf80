import Wire

/// A customer file as shops export it (CSV), read in chunks into changes to upsert.
///
/// What becomes of a cell:
/// - White space around it goes, and so does the apostrophe that shops put before digits to keep spreadsheets from
///   eating a leading zero. Letters are composed (NFC). Nothing else of a text changes: a phone number, a post code and
///   an e-mail address stay as they are written.
/// - An empty cell says nothing: it clears nothing that the contact has.
/// - Addresses without `shipping` in the column's name are BILLING. A line break in a street divides `line1`, `line2`.
/// - A country, by name or code, becomes its alpha-3 code. One that `Countries` does not know is left out with a
///   warning, and its region with it, since Keap takes no region without a country.
/// - A region becomes its ISO 3166-2 code where `Regions` knows it, and stays text elsewhere: the provider decides.
/// - A name from one column for given and family name is divided before its last word.
/// - A birthday that is not `yyyy-MM-dd` is left out with a warning: 03/04 is two days.
package struct CustomerFile: Sendable {
  package struct Row: Equatable, Sendable {
    /// Where it begins in the file, from 1.
    package var line: Int
    package var outcome: Outcome
  }

  package enum Outcome: Equatable, Sendable {
    /// The change always has an EMAIL1. Warnings say what was left out.
    case accepted(ContactChange, warnings: [String])
    case refused(reason: String)
  }

  /// Known once the first line has been read.
  package private(set) var columns: CustomerColumns?
  private var reader: CSVReader

  /// - Parameter limit: the most bytes of one record.
  package init(limit: Int = 256 << 10) { reader = CSVReader(limit: limit) }

  /// Takes the next bytes and gives the rows that they complete.
  /// - Throws: `ContactRefusal` when the first line is no header with an e-mail column; the file is then of no use.
  package mutating func feed(_ chunk: some Sequence<UInt8>) throws(ContactRefusal) -> [Row] {
    try rows(reader.feed(chunk))
  }

  /// Takes the end of the file.
  package mutating func finish() throws(ContactRefusal) -> [Row] {
    let rows = try rows(reader.finish())
    if columns == nil { throw ContactRefusal("the file is empty: its first line has to name the columns") }
    return rows
  }

  private mutating func rows(_ records: [CSVRecord]) throws(ContactRefusal) -> [Row] {
    var rows: [Row] = []
    for record in records {
      if let columns {
        rows.append(Row(line: record.line, outcome: CustomerFile.outcome(record, columns)))
      } else {
        switch record.fields {
        case .success(let header): columns = try CustomerColumns(header: header)
        case .failure(let fault): throw ContactRefusal("line \(record.line), which has to name the columns: \(fault)")
        }
      }
    }
    return rows
  }

  private static func outcome(_ record: CSVRecord, _ columns: CustomerColumns) -> Outcome {
    switch record.fields {
    case .failure(let fault): return .refused(reason: fault.description)
    case .success(let cells):
      let expected = columns.names.count
      guard cells.count == expected else {
        return .refused(
          reason:
            "\(cells.count) columns where the first line names \(expected): too \(cells.count < expected ? "few" : "many")"
        )
      }
      return CustomerRow(cells: cells, columns: columns).outcome
    }
  }
}

/// The cells of one row under the meanings of their columns.
struct CustomerRow {
  let cells: [String]
  let columns: CustomerColumns

  private subscript(_ meaning: CustomerColumns.Meaning) -> String? {
    for column in columns.columns[meaning] ?? [] {
      let text = CustomerRow.clean(cells[column])
      if !text.isEmpty { return text }
    }
    return nil
  }

  private static func clean(_ cell: String) -> String {
    let text = NormalForm.trimmed(cell)
    let isProtected = text.first == "'" && text.dropFirst().first.map { $0.isASCIIDigit || $0 == "+" } == true
    return NormalForm.composed(isProtected ? String(text.dropFirst()) : text)
  }

  var outcome: CustomerFile.Outcome {
    guard let email = self[.email(.email1)] else { return .refused(reason: "no e-mail address") }
    if let fault = EmailSyntax.fault(in: email) { return .refused(reason: "e-mail address \(email) \(fault)") }
    var warnings: [String] = []
    var change = ContactChange()
    var emails = [EmailAddress(email)]
    for slot in [EmailAddress.Slot.email2, .email3] {
      guard let other = self[.email(slot)], !emails.contains(where: { $0.email == other }) else { continue }
      if let fault = EmailSyntax.fault(in: other) {
        warnings.append("\(slot.rawValue) left out: \(other) \(fault)")
      } else {
        emails.append(EmailAddress(other, field: slot))
      }
    }
    change.emails = .set(emails)
    for field in TextField.allCases { if let text = self[.text(field)] { change[field] = .set(text) } }
    if change[.givenName].isAbsent, change[.familyName].isAbsent, let name = self[.fullName] { divide(name, &change) }
    if let company = self[.company] { change.company = .set(CompanyReference(name: company)) }
    if let text = self[.birthday] {
      if let date = CalendarDate(text) {
        change.birthday = .set(date)
      } else {
        warnings.append("birthday left out: \(text) is not of the form 1985-03-15")
      }
    }
    let phones = PhoneNumber.Slot.allCases.compactMap { slot in self[.phone(slot)].map { PhoneNumber($0, field: slot) }
    }
    let distinct = phones.enumerated().filter { index, phone in
      !phones[..<index].contains { $0.number == phone.number }
    }
    if !distinct.isEmpty { change.phones = .set(distinct.map(\.element)) }
    let faxes = FaxNumber.Slot.allCases.compactMap { slot in self[.fax(slot)].map { FaxNumber($0, field: slot) } }
    if !faxes.isEmpty { change.faxes = .set(faxes) }
    let addresses = [PostalAddress.Slot.billing, .shipping].compactMap { address($0, &warnings) }
    if !addresses.isEmpty { change.addresses = .set(addresses) }
    return .accepted(change, warnings: warnings)
  }

  private func divide(_ name: String, _ change: inout ContactChange) {
    let words = name.split(whereSeparator: \.isWhitespace)
    guard words.count > 1, let last = words.last else {
      change[.givenName] = .set(name)
      return
    }
    change[.givenName] = .set(words.dropLast().joined(separator: " "))
    change[.familyName] = .set(String(last))
  }

  private func address(_ slot: PostalAddress.Slot, _ warnings: inout [String]) -> PostalAddress? {
    var address = PostalAddress(field: slot)
    address.line1 = self[.address(slot, .line1)]
    address.line2 = self[.address(slot, .line2)]
    if let lines = address.line1?.split(whereSeparator: \.isNewline).map({ NormalForm.trimmed(String($0)) }),
      lines.count > 1
    {
      address.line1 = lines[0]
      address.line2 = (lines.dropFirst() + [address.line2].compactMap { $0 }).joined(separator: ", ")
    }
    address.locality = self[.address(slot, .locality)]
    address.postalCode = self[.address(slot, .postalCode)]
    if let country = self[.address(slot, .country)] {
      address.countryCode = Countries.code(of: country)
      if address.countryCode == nil { warnings.append("\(slot.rawValue) country left out: \(country) is not known") }
    }
    if let region = self[.address(slot, .region)] {
      if let country = address.countryCode {
        address.regionCode = Regions.code(of: region, in: country)
        address.region = address.regionCode == nil ? region : nil
      } else {
        warnings.append("\(slot.rawValue) region left out: \(region) stands without a country")
      }
    }
    return address.isBlank ? nil : address
  }
}
