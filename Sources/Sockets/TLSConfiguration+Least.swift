import NIOSSL

extension TLSConfiguration {
  /// What every connection stands on that carries a secret, whether Evergrant dials or listens: TLS 1.2 or newer. The
  /// library would take 1.0 (RFC 8996).
  ///
  /// Nothing else in the program makes a context: a configuration of one's own may say whom to believe, and no less than this.
  package func context() throws -> NIOSSLContext {
    var configuration = self
    configuration.minimumTLSVersion = .tlsv12
    return try NIOSSLContext(configuration: configuration)
  }
}
