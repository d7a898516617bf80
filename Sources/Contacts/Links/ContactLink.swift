/// How contacts of a tenant can be linked, such as `Spouse`.
package struct ContactLinkType: Hashable, Sendable {
  package var id: Int64
  package var name: String
  /// How many links of this type one contact may have.
  package var mostLinks: Int64
  /// Milliseconds since 1970.
  package var createdAt: Int64

  package init(id: Int64, name: String, mostLinks: Int64, createdAt: Int64) {
    self.id = id
    self.name = name
    self.mostLinks = mostLinks
    self.createdAt = createdAt
  }
}

/// What a request says of a link type; what is nil stays.
package struct ContactLinkTypeChange: Hashable, Sendable {
  package var name: String?
  package var mostLinks: Int64?

  package init(name: String? = nil, mostLinks: Int64? = nil) {
    self.name = name
    self.mostLinks = mostLinks
  }
}

/// Two contacts and how a request links them. Which of them comes first makes no other link.
package struct ContactPair: Hashable, Sendable {
  package var first: Int64
  package var second: Int64
  package var typeID: Int64

  package init(first: Int64, second: Int64, typeID: Int64) {
    self.first = first
    self.second = second
    self.typeID = typeID
  }
}

/// A stored link.
package struct ContactLink: Hashable, Sendable {
  package var id: Int64
  /// As it was linked.
  package var pair: ContactPair
  package var typeName: String

  package init(id: Int64, pair: ContactPair, typeName: String) {
    self.id = id
    self.pair = pair
    self.typeName = typeName
  }

  /// The contact at the other end.
  package func end(across contact: Int64) -> Int64 { pair.first == contact ? pair.second : pair.first }
}
