import Wire

/// The pieces of a contact's JSON that v1 and v2 build alike: the other half of `KeapBody`.
extension KeapDialect {
  func date(_ date: CalendarDate) -> JSON { .string(date.description) }

  func company(_ company: CompanyReference) -> JSON {
    var members: [String: JSON] = [:]
    members["id"] = company.id.map(identifier)
    members["company_name"] = company.name.map(JSON.string)
    return .object(members)
  }

  /// A list, with a cleared part as null.
  func items<Item: SlotItem>(
    _ items: [Item], slotKey: String = "field", more: (Item) -> [String: JSON] = { _ in [:] }
  ) -> JSON {
    .array(
      items.map { item in
        var members = more(item)
        members[slotKey] = .string(slotKey == "type" ? spelling(item.field.rawValue) : item.field.rawValue)
        for part in Item.parts where speaks(of: part.key) {
          guard let text = item[keyPath: part.path] else { continue }
          members[part.key] = text == "" ? .null : .string(text)
        }
        return .object(members)
      })
  }

  func customFields(_ fields: [CustomField]) -> JSON {
    .array(fields.map { ["id": identifier($0.id), "content": $0.content] })
  }

  /// Addresses with the region in both spellings that the version knows, and so the country in v2.
  func addresses(_ addresses: [PostalAddress]) -> JSON {
    let spelled = addresses.map { address in
      var address = address
      address.region = address.regionName
      return address
    }
    return items(spelled) { address in
      guard self == .v2, let country = address.countryCode.flatMap(Countries.name) else { return [:] }
      return ["country": .string(country)]
    }
  }
}

extension JSON {
  /// This object with only the named members.
  func keeping(_ keys: Set<String>?) -> JSON {
    guard let keys, case .object(let members) = self else { return self }
    return .object(members.filter { keys.contains($0.key) })
  }
}

extension Change {
  /// How a request says this: nil when it says nothing.
  func json(_ build: (Value) -> JSON) -> JSON? {
    switch self {
    case .absent: nil
    case .null: .null
    case .set(let value): build(value)
    }
  }
}

/// What both versions ask of a whole contact.
enum KeapCheck {
  /// Country codes have to exist and regions to belong to their country, as far as `Regions` knows that.
  static func places(_ contact: Contact) throws(ContactRefusal) {
    for address in contact.addresses {
      let slot = address.field.rawValue
      if let country = address.countryCode, !Countries.isCode(country) {
        throw ContactRefusal("\(slot) Country is invalid")
      }
      guard address.region != nil || address.regionCode != nil else { continue }
      guard let country = address.countryCode else {
        throw ContactRefusal("\(slot) country_code is required if region is specified")
      }
      guard let code = address.regionCode else {
        if Regions.areKnown(in: country) { throw ContactRefusal("\(slot) Region is invalid") }
        continue
      }
      let alpha2 = Countries.alpha2(of: country) ?? ""
      guard code.hasPrefix(alpha2 + "-"), !Regions.areKnown(in: country) || Regions.name(of: code) != nil else {
        throw ContactRefusal("\(slot) Region is invalid")
      }
    }
  }
}
