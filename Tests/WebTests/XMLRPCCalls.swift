import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound
@testable import XMLRPC

/// Calls of an app in Keap's XML-RPC, for one person and tenant, beside those in REST.
struct XMLRPCCalls {
  let rest: KeapCalls

  init(_ world: IssuerSiteWorld, tenant: String = "Acme Shop") async throws {
    rest = try await KeapCalls(world, tenant: tenant)
  }

  static func body(_ method: String, _ arguments: [XMLRPCValue]) -> String {
    var params: [UInt8] = []
    for value in ["key"] + arguments {
      params += "<param>".utf8
      value.write(to: &params)
      params += "</param>".utf8
    }
    return "<?xml version=\"1.0\"?><methodCall><methodName>\(method)</methodName><params>"
      + String(decoding: params, as: UTF8.self) + "</params></methodCall>"
  }

  static func text(_ response: MethodResponse) -> String { String(decoding: response.serialized(), as: UTF8.self) }

  func post(
    _ body: String, to path: String = "/crm/xmlrpc/v1", headers: [(name: String, value: String)]? = nil
  ) async throws -> OutboundResponse {
    let bearer = [(name: "Authorization", value: "Bearer \(rest.token.exposed)")]
    return try await rest.world.client.send(
      "POST", rest.world.base + path, headers: (headers ?? bearer) + [("Content-Type", "text/xml")],
      body: Array(body.utf8))
  }

  /// The text of an answer with a value or a fault.
  @discardableResult
  func answer(
    _ method: String, _ arguments: XMLRPCValue..., at location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try await answer(method, with: arguments, at: location)
  }

  func answer(
    _ method: String, with arguments: [XMLRPCValue], at location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let answer = try await post(Self.body(method, arguments))
    #expect(answer.status == 200, "\(method): \(answer.text)", sourceLocation: location)
    #expect(answer[header: "Content-Type"] == "text/xml; charset=UTF-8", sourceLocation: location)
    return answer.text
  }

  /// Expects this value.
  func expect(
    _ value: XMLRPCValue, _ method: String, _ arguments: XMLRPCValue..., at location: SourceLocation = #_sourceLocation
  ) async throws {
    let text = try await answer(method, with: arguments, at: location)
    #expect(text == Self.text(.value(value)), sourceLocation: location)
  }

  /// Expects a fault with these words in it.
  func refuse(
    _ code: Int32, _ words: String, _ method: String, _ arguments: XMLRPCValue...,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let text = try await answer(method, with: arguments, at: location)
    #expect(text.contains(Self.code(code)) && text.contains(words), "\(method): \(text)", sourceLocation: location)
  }

  static func code(_ code: Int32) -> String { "<name>faultCode</name><value><i4>\(code)</i4></value>" }

  /// Calls what answers with the number of a record.
  func number(
    _ method: String, _ arguments: XMLRPCValue..., at location: SourceLocation = #_sourceLocation
  ) async throws -> Int32 {
    let text = try await answer(method, with: arguments, at: location)
    let digits = text.firstRange(of: "<param><value><i4>").map { text[$0.upperBound...].prefix(while: \.isNumber) }
    return try #require(digits.flatMap { Int32($0) }, "\(text)", sourceLocation: location)
  }

  func contact(_ values: XMLRPCValue, at location: SourceLocation = #_sourceLocation) async throws -> Int32 {
    try await number("ContactService.add", values, at: location)
  }
}
