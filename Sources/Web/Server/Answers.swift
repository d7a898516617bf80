import Foundation
import Hummingbird
import NIOCore
import Wire

extension Response {
  static func json(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json;charset=UTF-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.serialized())))
  }

  static func json(encoding value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: "application/json;charset=UTF-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
  }

  /// A page that may not be framed, runs no script, and posts only to us and to `formTargets`: browsers hold a form to
  /// this through the redirects that its answer leads to, so a consent must name the app's origin.
  static func page(_ html: String, status: HTTPResponse.Status = .ok, formTargets: [String] = []) -> Response {
    let targets = (["'self'"] + formTargets).joined(separator: " ")
    return Response(
      status: status,
      headers: [
        .contentType: "text/html;charset=utf-8",
        .contentSecurityPolicy: "default-src 'none'; style-src 'self'; form-action \(targets); "
          + "frame-ancestors 'none'; base-uri 'none'",
        .frameOptions: "DENY",
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  /// The one file that pages need beside themselves.
  static func style(_ pages: Pages) -> Response {
    Response(
      status: .ok, headers: [.contentType: "text/css;charset=utf-8", .cacheControl: "max-age=600"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: pages.style)))
  }

  static func seeOther(_ location: String) -> Response { Response(status: .seeOther, headers: [.location: location]) }
}
