import Foundation
import OAuth
import Wire

/// What one channel is told at one time: that a trouble has begun, has become worse, or is over.
package struct AlertNotice: Sendable, Equatable {
  package enum Phase: String, Sendable { case began, over, test }

  /// Names this notice, however often it is sent: whoever gets it twice can tell.
  package var id: String
  /// Names the trouble; its end has the same.
  package var alert: String
  package var phase: Phase
  package var kind: String
  /// The connection, client or key that it is about.
  package var subject: String
  package var title: String
  package var what: String
  package var nextStep: String?
  /// Where the approver can approve again, on any phone: whoever has it can use it, once.
  package var link: Secret?
  package var at: Timestamp

  package init(
    id: String, alert: String, phase: Phase, kind: String, subject: String, title: String, what: String,
    nextStep: String?, link: Secret?, at: Timestamp
  ) {
    self.id = id
    self.alert = alert
    self.phase = phase
    self.kind = kind
    self.subject = subject
    self.title = title
    self.what = what
    self.nextStep = nextStep
    self.link = link
    self.at = at
  }

  /// What `evergrant alert test` sends.
  package static func test(channel: String, at now: Timestamp, random: Randomness) -> AlertNotice {
    let id = "alert_" + Base64URL.encode(random.bytes(16))
    return AlertNotice(
      id: id, alert: id, phase: .test, kind: "test", subject: channel,
      title: "This is a test of the channel \(channel)",
      what: "Nothing is wrong.", nextStep: nil, link: nil, at: now)
  }

  /// For a program: one line of JSON with sorted keys.
  package var json: [UInt8] {
    let link: JSON = link.map { .string($0.exposed) } ?? .null
    let body: JSON = [
      "type": .string("alert.\(phase.rawValue)"), "timestamp": .string(ISO8601.text(at.milliseconds)),
      "data": [
        "id": .string(alert), "kind": .string(kind), "subject": .string(subject), "title": .string(title),
        "what": .string(what), "nextStep": nextStep.map { .string($0) } ?? .null, "link": link,
      ],
    ]
    return body.serialized()
  }

  /// For a person.
  package var text: String {
    let lines = [
      title + ".", what, nextStep, link.map(\.exposed),
      (phase == .over ? "Over since " : "Since ") + at.readableToTheMinute + ". Evergrant",
    ]
    return lines.compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }
}
