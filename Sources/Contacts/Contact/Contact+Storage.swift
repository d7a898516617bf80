import Wire

extension Contact {
  /// The canonical storage form: compact JSON with sorted keys, without what is empty.
  package var stored: [UInt8] { json.serialized() }

  /// Reads `stored`.
  /// - Throws: `ContactRefusal` when the text is none of ours: the database is damaged or newer than this program.
  package init(stored: some Sequence<UInt8>) throws(ContactRefusal) {
    do {
      try self.init(json: JSON.parse(stored))
    } catch let fault as JSONFault {
      throw ContactRefusal("stored contact: \(fault)")
    } catch let refusal as ContactRefusal {
      throw refusal
    } catch {
      throw ContactRefusal("stored contact: \(error)")
    }
  }

  private var json: JSON {
    var members = Dictionary(uniqueKeysWithValues: texts.map { ($0.key.rawValue, JSON.string($0.value)) })
    members["birthday"] = birthday.map { .string($0.description) }
    members["anniversary"] = anniversary.map { .string($0.description) }
    members["owner_id"] = ownerID.map(JSON.integer)
    members["lead_source_id"] = leadSourceID.map(JSON.integer)
    members["source_type"] = sourceType.map { .string($0.rawValue) }
    members["origin"] = originAddress.map(JSON.string)
    if let company {
      var parts: [String: JSON] = [:]
      parts["id"] = company.id.map(JSON.integer)
      parts["name"] = company.name.map(JSON.string)
      members["company"] = .object(parts)
    }
    members["email_addresses"] = stored(emails) { $0.status.map { ["status": .string($0.rawValue)] } ?? [:] }
    members["phone_numbers"] = stored(phones)
    members["fax_numbers"] = stored(faxes)
    members["addresses"] = stored(addresses)
    members["social_accounts"] = stored(socials)
    members["custom_field_values"] = customFields.json
    members["custom_fields"] = undefinedFields.json
    members["merged"] = merged.isEmpty ? nil : .array(merged.map(\.json))
    if !knownStatuses.isEmpty {
      members["former_opt_outs"] = .object(knownStatuses.mapValues { .string($0.rawValue) })
    }
    return .object(members)
  }

  private func stored<Item: SlotItem>(_ items: [Item], more: (Item) -> [String: JSON] = { _ in [:] }) -> JSON? {
    if items.isEmpty { return nil }
    return .array(
      items.map { item in
        var members = more(item)
        members["field"] = .string(item.field.rawValue)
        for part in Item.parts { members[part.key] = item[keyPath: part.path].map(JSON.string) }
        return .object(members)
      })
  }

  private init(json: JSON) throws {
    let damaged = ContactRefusal("stored contact: not as this program writes it")
    guard let members = json.object else { throw damaged }
    for field in TextField.allCases { self[field] = members[field.rawValue]?.string }
    birthday = members["birthday"]?.string.flatMap(CalendarDate.init)
    anniversary = members["anniversary"]?.string.flatMap(CalendarDate.init)
    ownerID = members["owner_id"]?.integer
    leadSourceID = members["lead_source_id"]?.integer
    sourceType = members["source_type"]?.string.flatMap(SourceType.init)
    originAddress = members["origin"]?.string
    company = members["company"].map { CompanyReference(id: $0["id"]?.integer, name: $0["name"]?.string) }
    emails = try Contact.items(members["email_addresses"]) { $0.status = $1["status"]?.string.flatMap(OptStatus.init) }
    phones = try Contact.items(members["phone_numbers"])
    faxes = try Contact.items(members["fax_numbers"])
    addresses = try Contact.items(members["addresses"])
    socials = try Contact.items(members["social_accounts"])
    customFields = try [CustomField](json: members["custom_field_values"])
    undefinedFields = try [CustomField](json: members["custom_fields"])
    merged = (members["merged"]?.array ?? []).map { MergedContact(json: $0) }
    knownStatuses = (members["former_opt_outs"]?.object ?? [:]).compactMapValues {
      $0.string.flatMap(OptStatus.init)
    }
    // What was read must say all that was stored: a member that this program does not know is not dropped in silence.
    guard self.json == json else { throw damaged }
  }

  private static func items<Item: SlotItem>(
    _ json: JSON?, more: (inout Item, JSON) -> Void = { _, _ in }
  ) throws -> [Item] {
    try (json?.array ?? []).map { entry in
      guard let slot = entry["field"]?.string.flatMap(Item.Slot.init(rawValue:)) else {
        throw ContactRefusal("stored contact: an entry without its slot")
      }
      var item = Item(field: slot)
      for part in Item.parts { item[keyPath: part.path] = entry[part.key]?.string }
      more(&item, entry)
      return item
    }
  }
}

extension MergedContact {
  fileprivate var json: JSON {
    var members: [String: JSON] = [:]
    members["email"] = email.map(JSON.string)
    members["given_name"] = givenName.map(JSON.string)
    members["family_name"] = familyName.map(JSON.string)
    members["company"] = company.map(JSON.string)
    return .object(members)
  }

  fileprivate init(json: JSON) {
    self.init(
      email: json["email"]?.string, givenName: json["given_name"]?.string, familyName: json["family_name"]?.string,
      company: json["company"]?.string)
  }
}
