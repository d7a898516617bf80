import TestKit
import Testing

@testable import Proxy

/// How the length of a body is told, without a parser in front that refuses some heads first.
struct BodyFramingTests {
  /// One field of a head that says where its body ends.
  private enum Field: CaseIterable {
    case length, otherLength, chunked, capitals

    func isTaken(by fields: inout FramingFields) -> Bool {
      switch self {
      case .length: fields.takeLength("5")
      case .otherLength: fields.takeLength("6")
      case .chunked: fields.takeEncoding("chunked")
      case .capitals: fields.takeEncoding("CHUNKED")
      }
    }

    var framing: BodyFraming {
      switch self {
      case .length: .length(5)
      case .otherLength: .length(6)
      case .chunked, .capitals: .chunked
      }
    }
  }

  @Test("K32: one field tells a body's length, and a second is refused whatever it says")
  func one() {
    for first in Field.allCases {
      var fields = FramingFields()
      #expect(fields.framing == .none)
      let isTaken = first.isTaken(by: &fields)
      #expect(isTaken, "\(first)")
      #expect(fields.framing == first.framing)
      for second in Field.allCases {
        var fields = fields
        let isTaken = second.isTaken(by: &fields)
        #expect(!isTaken, "\(second) behind \(first)")
        #expect(fields.framing == first.framing, "\(second) behind \(first)")
      }
    }
  }

  @Test("K32: a length is digits alone, and no encoding but chunked ends a body")
  func values() {
    for refused in ["", " 5", "5 ", "+5", "-5", "0x5", "5,5", "5.0", "٥", "99999999999999999999"] {
      var fields = FramingFields()
      let isTaken = fields.takeLength(refused)
      #expect(!isTaken, "\(refused)")
      #expect(fields.framing == .none)
    }
    for refused in ["", "gzip", "gzip, chunked", "chunked, chunked", "chunked ", "identity", "xchunked"] {
      var fields = FramingFields()
      let isTaken = fields.takeEncoding(refused)
      #expect(!isTaken, "\(refused)")
      #expect(fields.framing == .none)
    }
  }
}
