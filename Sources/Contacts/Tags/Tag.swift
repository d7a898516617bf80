/// A word that a tenant puts on contacts and companies.
package struct Tag: Hashable, Sendable {
  /// What a tag says of the category that it is in.
  package struct Category: Hashable, Sendable {
    package var id: Int64
    package var name: String
    package var description: String?

    package init(id: Int64, name: String, description: String?) {
      self.id = id
      self.name = name
      self.description = description
    }
  }

  package var id: Int64
  /// Unique in the tenant in its normal form.
  package var name: String
  package var description: String?
  package var category: Category?
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64

  package init(
    id: Int64, name: String, description: String?, category: Category?, createdAt: Int64, updatedAt: Int64
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.category = category
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// A group of tags.
package struct TagCategory: Hashable, Sendable {
  package var id: Int64
  /// Unique in the tenant in its normal form.
  package var name: String
  package var description: String?
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64

  package init(id: Int64, name: String, description: String?, createdAt: Int64, updatedAt: Int64) {
    self.id = id
    self.name = name
    self.description = description
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// What a request says about a tag, or about a category, which is in none.
package struct TagChange: Hashable, Sendable {
  package var name = Change<String>.absent
  package var description = Change<String>.absent
  package var category = Change<Int64>.absent

  package init() {}
}

/// What came of applying one tag to one contact, in Keap's words.
package enum TagOutcome: String, CaseIterable, Sendable {
  case success = "SUCCESS"
  /// The contact had the tag already.
  case duplicate = "DUPLICATE"
  case contactNotFound = "CONTACT_NOT_FOUND"
  case tagNotFound = "TAG_ID_NOT_FOUND"
  /// The contact has as many tags as one may have.
  case failure = "FAILURE"
}
