import XMLRPC

/// The HTTP around a call, wherever it comes in.
extension Bridge {
  /// Where Keap takes calls: at its API, the same in older books, and at each application's own host. A slash may stand behind.
  package static let paths = ["/crm/xmlrpc/v1", "/crm/xmlrpc", "/api/xmlrpc"]

  /// Bytes of a body. A longer one is not read.
  package static let mostBytes = MethodCall.mostBytes
}

extension Bridge.Reply {
  /// A fault is a 200 too.
  package var status: Int {
    switch self {
    case .response: 200
    case .passedOn(let answer): answer.status
    }
  }

  package var contentType: String {
    switch self {
    case .response: "text/xml; charset=UTF-8"
    case .passedOn: "application/json;charset=UTF-8"
    }
  }

  package var body: [UInt8] {
    switch self {
    case .response(let response): response.serialized()
    case .passedOn(let answer): answer.json.serialized()
    }
  }

  /// For `Retry-After`.
  package var retryAfter: String? {
    switch self {
    case .response: nil
    case .passedOn(let answer): answer.retryAfter
    }
  }
}
