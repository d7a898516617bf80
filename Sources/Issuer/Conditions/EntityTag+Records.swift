import Contacts
import Crypto
import Foundation
import Wire

/// The tags of records, one for each state that an answer may show in either version, whatever fields it was asked for.
///
/// An answer shows more than the record's row: applied tags, links, the consent of addresses, definitions of custom fields, the
/// name of a task's contact. The row's revision does not count these, so a tag of it would be weak, and `If-Match` compares
/// strongly (RFC 9110 section 13.1.1). A digest of all that is shown is strong by itself; it is also another one for another
/// tenant's record of the same number.
extension EntityTag {
  fileprivate init(digesting views: JSON...) {
    var hash = SHA256()
    for view in views { hash.update(data: Data(view.serialized())) }
    self.init(Base64URL.encode(Array(hash.finalize().prefix(16))))
  }
}

extension ContactRecord {
  package var entityTag: EntityTag {
    EntityTag(digesting: KeapV1.contact(self, optional: KeapV1.properties), KeapV2.contact(self))
  }
}

extension CompanyRecord {
  package var entityTag: EntityTag {
    EntityTag(digesting: KeapV1.company(self, optional: nil), KeapV2.company(self))
  }
}

extension Tag {
  package var entityTag: EntityTag { EntityTag(digesting: KeapTags.v1(self), KeapTags.v2(self)) }
}

extension NoteRecord {
  package var entityTag: EntityTag {
    EntityTag(digesting: KeapV1.note(self), KeapV2.note(self, fields: ["custom_fields"]))
  }
}

extension TaskRecord {
  package var entityTag: EntityTag {
    EntityTag(digesting: KeapV1.task(self), KeapV2.task(self, fields: ["custom_fields"]))
  }
}
