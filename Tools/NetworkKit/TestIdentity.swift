import NIOSSL
import Outbound
import TestKit

/// A server on this machine that has a certificate for `localhost`, and a client that believes it and no other.
package struct TestIdentity {
  package let server: NIOSSLContext
  package let trusting: ClientTLS
  private let configuration: TLSConfiguration

  package init(_ certificate: LoopbackCertificate = .one) throws {
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8))
    let key = try NIOSSLPrivateKey(bytes: Array(certificate.key.utf8), format: .pem)
    configuration = .makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    server = try NIOSSLContext(configuration: configuration)
    trusting = ClientTLS(roots: .certificates(chain))
  }

  /// The same server as a program of long ago, which knows no newer version than this.
  package func server(newest: TLSVersion) throws -> NIOSSLContext {
    var old = configuration
    old.minimumTLSVersion = .tlsv1
    old.maximumTLSVersion = newest
    return try NIOSSLContext(configuration: old)
  }
}
