import Foundation
import Hummingbird
import NIOCore
import OAuth
import Wire

extension Request {
  /// The query as fields.
  ///
  /// - Throws: 400 where an escape is broken.
  func query() throws(SiteFailure) -> FormFields {
    guard let fields = FormFields(parsing: uri.query ?? "") else { throw SiteFailure(.badRequest) }
    return fields
  }

  /// Whether it says that a body comes with it.
  var hasBody: Bool {
    headers[.transferEncoding] != nil || headers[.contentLength].map { Int(digits: $0) != 0 } ?? false
  }

  /// Whether its body comes as it is, in no coding (RFC 9110 section 8.4).
  var isPlain: Bool {
    headers[values: .contentEncoding].allSatisfy { ["", "identity"].contains($0.lowercased()) }
  }

  var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }

  /// The body as form fields.
  ///
  /// - Throws: 415 where it is no form, 413 where it is longer than `most` bytes, 400 where it is not well-formed.
  func form(atMost most: Int = 16 << 10) async throws(SiteFailure) -> FormFields {
    guard isForm else { throw SiteFailure(.unsupportedMediaType) }
    let bytes = try await bytes(atMost: most)
    guard let text = String(validating: bytes, as: UTF8.self), let fields = FormFields(parsing: text) else {
      throw SiteFailure(.badRequest)
    }
    return fields
  }

  /// The whole body.
  ///
  /// - Throws: 415 where it is compressed, 413 where it is longer than `most` bytes, 400 where it ends too early.
  func bytes(atMost most: Int) async throws(SiteFailure) -> [UInt8] {
    guard isPlain else { throw SiteFailure(takingCodings: "identity") }
    if let length = headers[.contentLength].flatMap({ Int(digits: $0) }), length > most {
      throw SiteFailure(.contentTooLarge)
    }
    do {
      return Array(try await body.collect(upTo: most).readableBytesView)
    } catch is NIOTooManyBytesError {
      throw SiteFailure(.contentTooLarge)
    } catch {
      throw SiteFailure(.badRequest)
    }
  }

  /// Refuses a form that another site has sent. A browser says where a post comes from in `Sec-Fetch-Site`, an older
  /// one in `Origin`, which is `null` for our own pages because they send no referrer.
  func requireOwnForm(of origins: [String]) throws(SiteFailure) {
    let isOwn =
      switch headers[.secFetchSite] {
      case "same-origin", "none": true
      case nil: headers[.origin].map { $0 == "null" || origins.contains($0) } ?? true
      default: false
      }
    if !isOwn { throw SiteFailure(.forbidden, cause: "a form of another site") }
  }

  private var mediaType: String? {
    headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
  }

  func cookie(_ name: String) -> Secret? { cookies[name].map { Secret($0.value) } }
}
