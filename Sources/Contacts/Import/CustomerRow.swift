import Wire

/// The cells of one row under the meanings of their columns.
struct CustomerRow {
  let cells: [String]
  let columns: CustomerColumns
  let dates: DateOrder?

  /// Whether cells are taken to the letter.
  private var isOurs: Bool { columns.product?.isOurs == true }

  private subscript(_ meaning: CustomerColumns.Meaning) -> String? {
    for column in columns.columns[meaning] ?? [] {
      let text = isOurs ? TextCell.plain(cells[column]) : CustomerRow.clean(cells[column])
      if !text.isEmpty { return text }
    }
    return nil
  }

  private static func clean(_ cell: String) -> String {
    let text = NormalForm.trimmed(cell)
    let isProtected = text.first == "'" && text.dropFirst().first.map { $0.isASCIIDigit || "=+-@".contains($0) } == true
    return NormalForm.composed(isProtected ? NormalForm.trimmed(String(text.dropFirst())) : text)
  }

  /// As much of a cell as a sentence can hold.
  private static func short(_ text: String) -> String {
    let most = 80, start = String.UnicodeScalarView(text.unicodeScalars.prefix(most))
    return text.unicodeScalars.count > most ? String(start) + "…" : text
  }

  var outcome: CustomerFile.Outcome {
    let emails = slots { .email($0) }
    guard let email = emails.texts[EmailAddress.Slot.email1] else { return .refused(reason: "no e-mail address") }
    if let fault = EmailSyntax.fault(in: email) {
      return .refused(reason: "e-mail address \(Self.short(email)) \(fault)")
    }
    var warnings: [String] = []
    var change = ContactChange()
    change.emails = .set(addresses(emails.texts, &warnings))
    warnings += emails.rest.map { "\(Self.short($0)) left out: all e-mail addresses of a contact are taken" }
    for field in TextField.allCases { if let text = self[.text(field)] { change[field] = .set(text) } }
    if change[.givenName].isAbsent, change[.familyName].isAbsent, let name = self[.fullName] { divide(name, &change) }
    if let company = self[.company] { change.company = .set(CompanyReference(name: company)) }
    if let day = date(.birthday, &warnings) { change.birthday = .set(day) }
    if let day = date(.anniversary, &warnings) { change.anniversary = .set(day) }
    setNumbers(&change, &warnings)
    let addresses = PostalAddress.Slot.allCases.compactMap { address($0, &warnings) }
    if !addresses.isEmpty { change.addresses = .set(addresses) }
    let socials = SocialAccount.Slot.allCases.compactMap { slot in
      self[.social(slot)].map { SocialAccount($0, field: slot) }
    }
    if !socials.isEmpty { change.socials = .set(socials) }
    return .accepted(CustomerEntry(change, tags: tags, custom: custom), warnings: warnings)
  }

  /// What the columns for numbered slots hold. Further texts of one cell take the slots that are free.
  private func slots<Slot: CaseIterable & Hashable>(
    _ meaning: (Slot) -> CustomerColumns.Meaning
  ) -> (texts: [Slot: String], rest: [String]) {
    var texts: [Slot: String] = [:]
    var rest: [String] = []
    for slot in Slot.allCases {
      guard let text = self[meaning(slot)] else { continue }
      let parts = isOurs ? [text] : CellList.parted(text, by: ":::")
      texts[slot] = parts.first
      rest += parts.dropFirst()
    }
    for slot in Slot.allCases where texts[slot] == nil && !rest.isEmpty { texts[slot] = rest.removeFirst() }
    return (texts, rest)
  }

  private func addresses(_ texts: [EmailAddress.Slot: String], _ warnings: inout [String]) -> [EmailAddress] {
    var emails: [EmailAddress] = []
    for slot in EmailAddress.Slot.allCases {
      guard let text = texts[slot], isOurs || !emails.contains(where: { $0.email == text }) else { continue }
      if let fault = EmailSyntax.fault(in: text) {
        warnings.append("\(slot.rawValue) left out: \(Self.short(text)) \(fault)")
      } else {
        emails.append(EmailAddress(text, field: slot))
      }
    }
    return emails
  }

  private func setNumbers(_ change: inout ContactChange, _ warnings: inout [String]) {
    let numbers = slots { .phone($0) }
    var phones: [PhoneNumber] = []
    for slot in PhoneNumber.Slot.allCases {
      var phone = PhoneNumber(field: slot)
      phone.number = numbers.texts[slot]
      phone.extension = self[.phoneExtension(slot)]
      // Google marks the kind that is preferred with a star.
      phone.type = self[.phoneType(slot)].map { isOurs || !$0.hasPrefix("* ") ? $0 : String($0.dropFirst(2)) }
      guard isOurs ? !phone.isBlank : phone.number != nil && !phones.contains(where: { $0.number == phone.number })
      else { continue }
      phones.append(phone)
    }
    if !phones.isEmpty { change.phones = .set(phones) }
    warnings += numbers.rest.map { "\(Self.short($0)) left out: all phone numbers of a contact are taken" }
    let faxes = FaxNumber.Slot.allCases.compactMap { slot in self[.fax(slot)].map { FaxNumber($0, field: slot) } }
    if !faxes.isEmpty { change.faxes = .set(faxes) }
  }

  private func date(_ meaning: CustomerColumns.Meaning, _ warnings: inout [String]) -> CalendarDate? {
    guard let text = self[meaning] else { return nil }
    let (date, fault) = DateOrder.read(text, dates)
    if let fault { warnings.append("\(meaning.words) left out: \(Self.short(text)) \(fault)") }
    return date
  }

  private var tags: [String] {
    var tags: [String] = []
    var known: Set<String> = []
    for column in columns.columns[.tags] ?? [] {
      let cell = isOurs ? TextCell.plain(cells[column]) : CustomerRow.clean(cells[column])
      for tag in isOurs ? CellList.parted(cell, by: ":::") : CellList.names(in: cell)
      where known.insert(tag).inserted { tags.append(tag) }
    }
    return tags
  }

  private var custom: [CustomerEntry.CustomText] {
    var texts: [CustomerEntry.CustomText] = []
    for field in columns.customFields {
      if let text = self[.custom(field)] { texts.append(.init(field: field, text: text)) }
    }
    return texts
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
    if !isOurs, let lines = address.line1?.split(whereSeparator: \.isNewline).map({ NormalForm.trimmed(String($0)) }),
      lines.count > 1
    {
      address.line1 = lines[0]
      address.line2 = (lines.dropFirst() + [address.line2].compactMap { $0 }).joined(separator: ", ")
    }
    address.locality = self[.address(slot, .locality)]
    address.postalCode = self[.address(slot, .postalCode)]
    if let country = self[.address(slot, .country)] {
      address.countryCode = Countries.code(of: country)
      if address.countryCode == nil {
        warnings.append("\(slot.rawValue) country left out: \(Self.short(country)) is not known")
      }
    }
    if let region = self[.address(slot, .region)] {
      if let country = address.countryCode {
        address.regionCode = Regions.code(of: region, in: country)
        address.region = address.regionCode == nil ? region : nil
      } else {
        warnings.append("\(slot.rawValue) region left out: \(Self.short(region)) stands without a country")
      }
    }
    return address.isBlank ? nil : address
  }
}
