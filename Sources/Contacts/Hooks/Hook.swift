import Wire

/// What a hook can be told of.
package enum HookEvent: String, CaseIterable, Hashable, Sendable {
  case contactAdd = "contact.add"
  case contactDelete = "contact.delete"
  case contactEdit = "contact.edit"

  /// The kind of what changed.
  var objectType: String { "contact" }

  /// Where REST v1 has what changed, below its base.
  func path(of id: Int64) -> String { "/crm/rest/v1/contacts/\(id)" }
}

/// How far a hook is, in Keap's words.
package enum HookStatus: String, Sendable {
  /// Whoever listens at its address has not shown yet that it wants to be called.
  case unverified = "Unverified"
  case verified = "Verified"
  /// Given up; it can be verified again.
  case inactive = "Inactive"
}

/// A wish to be told of changes: Keap's `RestHook`.
package struct Hook: Sendable, Hashable {
  package var key: String
  package var event: HookEvent
  package var url: String
  package var status: HookStatus
  /// Why it is not verified, where that is known.
  package var trouble: HookTrouble?

  package init(key: String, event: HookEvent, url: String, status: HookStatus, trouble: HookTrouble? = nil) {
    self.key = key
    self.event = event
    self.url = url
    self.status = status
    self.trouble = trouble
  }

  /// Keap's members, and `problem` where there is one.
  package var json: JSON {
    var members: [String: JSON] = [
      "key": .string(key), "eventKey": .string(event.rawValue), "hookUrl": .string(url),
      "status": .string(status.rawValue),
    ]
    if let trouble { members["problem"] = .string(trouble.sentence) }
    return .object(members)
  }

  /// The answer to `GET /hooks/event_keys`.
  package static var eventKeys: JSON { .array(HookEvent.allCases.map { .string($0.rawValue) }) }
}

/// What a request says of a hook: Keap's `RestHookRequest`. A member that is missing says nothing.
package struct HookRequest: Sendable, Equatable {
  package var event: HookEvent?
  package var url: OutboundURL?

  package static let longestURL = 2000

  package init(event: HookEvent? = nil, url: OutboundURL? = nil) {
    self.event = event
    self.url = url
  }

  package init(from body: JSON) throws(ContactRefusal) {
    guard body.object != nil else { throw ContactRefusal("The body must be a JSON object") }
    if let key = body["eventKey"], !key.isNull {
      guard let event = key.string.flatMap(HookEvent.init) else {
        throw ContactRefusal("eventKey must be one of \(HookEvent.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      self.event = event
    }
    if let address = body["hookUrl"], !address.isNull {
      guard let text = address.string, text.utf8.count <= Self.longestURL, let url = OutboundURL(text) else {
        throw ContactRefusal("hookUrl must be an https address of at most \(Self.longestURL) characters")
      }
      guard !text.utf8.contains(UInt8(ascii: "#")) else {
        throw ContactRefusal("hookUrl must be an address without a fragment: what follows # is sent to nobody")
      }
      self.url = url
    }
  }
}

/// What a hook is told: one kind of change, of one or more records.
package struct HookNotice: Sendable, Equatable {
  package struct Change: Sendable, Equatable {
    package var id: Int64
    /// In milliseconds since 1970.
    package var at: Int64

    package init(id: Int64, at: Int64) {
      self.id = id
      self.at = at
    }
  }

  package var event: HookEvent
  package var changes: [Change]

  /// How many changes one notice has at most, as at Keap.
  package static let most = 1000

  package init(event: HookEvent, changes: [Change]) {
    self.event = event
    self.changes = changes
  }

  /// - Parameter issuer: the address that the API is known by, without a slash at its end.
  package func json(issuer: String) -> JSON {
    let keys = changes.map { change -> JSON in
      [
        "id": .integer(change.id), "apiUrl": .string(issuer + event.path(of: change.id)),
        "timestamp": .string(KeapTime.v2(change.at)),
      ]
    }
    return [
      "event_key": .string(event.rawValue), "object_type": .string(event.objectType), "object_keys": .array(keys),
    ]
  }
}
