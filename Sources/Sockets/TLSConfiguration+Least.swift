import NIOSSL

extension TLSConfiguration {
  /// The context of every connection that carries a secret, whether Evergrant dials or listens: TLS 1.2 or newer. By itself the
  /// library would also take 1.0, which RFC 8996 forbids.
  ///
  /// Nothing else in the program makes a context, so a configuration may say whom to believe, and cannot allow less than this.
  package func context() throws -> NIOSSLContext {
    var configuration = self
    configuration.minimumTLSVersion = .tlsv12
    return try NIOSSLContext(configuration: configuration)
  }
}
