package struct PostalAddress: SlotItem {
  package enum Slot: String, CaseIterable, Sendable {
    case billing = "BILLING"
    case shipping = "SHIPPING"
    case other = "OTHER"
  }

  package var field: Slot
  package var line1: String?
  package var line2: String?
  package var locality: String?
  /// The province as somebody wrote it, by name or short code; nil when `regionCode` says it all.
  package var region: String?
  /// ISO 3166-2, such as `US-AZ`.
  package var regionCode: String?
  package var postalCode: String?
  package var zipCode: String?
  package var zipFour: String?
  /// ISO 3166-1 alpha-3, such as `USA`.
  package var countryCode: String?

  package init(field: Slot) { self.field = field }

  package static let parts: [ItemPart<PostalAddress>] = [
    .init("line1", \.line1), .init("line2", \.line2), .init("locality", \.locality), .init("region", \.region),
    .init("region_code", \.regionCode), .init("postal_code", \.postalCode), .init("zip_code", \.zipCode),
    .init("zip_four", \.zipFour), .init("country_code", \.countryCode),
  ]

  /// Another street or another country is another address: nothing of the old one stays.
  package func continues(_ base: PostalAddress) -> Bool {
    (line1 == nil || line1 == base.line1) && (countryCode == nil || countryCode == base.countryCode)
  }

  package var settled: PostalAddress? {
    let item = withoutClearedParts
    return item.isBlank ? nil : item.withCanonicalRegion
  }

  /// The region in the one way it is kept: the code where the text is a known region of the country, and the text
  /// only where it says something else than the code's own name.
  var withCanonicalRegion: PostalAddress {
    guard let countryCode else { return self }
    var address = self
    if let region, let code = Regions.code(of: region, in: countryCode) { address.regionCode = code }
    if let code = address.regionCode, let region, region == Regions.name(of: code) ?? code { address.region = nil }
    return address
  }

  /// Region and post code each are one thing in several parts: an address that gives one part anew gives all of
  /// them, and one that says the same in another spelling leaves the kept spelling alone.
  package func laid(over base: PostalAddress?) -> PostalAddress {
    guard let base, continues(base) else { return self }
    var item = base
    for part in [\PostalAddress.line1, \.line2, \.locality, \.countryCode] {
      if let text = self[keyPath: part] { item[keyPath: part] = text }
    }
    if region != nil || regionCode != nil {
      var new = self
      new.countryCode = item.countryCode
      new = new.withoutClearedParts.withCanonicalRegion
      if new.regionCode == nil || new.regionCode != base.regionCode || (new.region != nil && new.region != base.region)
      {
        (item.region, item.regionCode) = (new.region, new.regionCode)
      }
    }
    if postalCode != nil || zipCode != nil || zipFour != nil {
      if postText != base.postText || zipCode != nil || zipFour != nil {
        (item.postalCode, item.zipCode, item.zipFour) = (postalCode, zipCode, zipFour)
      }
    }
    return item
  }

  /// The province by its name, if its code has one that is known.
  var regionName: String? { region ?? regionCode.map { Regions.name(of: $0) ?? $0 } }

  /// The post code as one would write it on a letter.
  var postText: String? {
    if let postalCode, postalCode != "" { return postalCode }
    guard let zipCode, zipCode != "" else { return nil }
    return zipFour.map { $0 == "" ? zipCode : "\(zipCode)-\($0)" } ?? zipCode
  }
}
