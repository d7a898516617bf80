/// A certificate for the name localhost alone and its key, good for a hundred years and for nothing but tests.
package struct LoopbackCertificate: Sendable {
  /// In PEM.
  package var certificate: String
  /// In PEM.
  package var key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  package static let one = LoopbackCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBljCCATugAwIBAgIUTSIG4pXSFIx6gIskyKnMiY4OIfwwCgYIKoZIzj0EAwIw
      FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIwMDUyNFoYDzIxMjYxMDMw
      MjAwNTI0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
      PQMBBwNCAAR9tNDn+WPMfHvNoaYHaEge1kK4ogizUzVfyc4rFXcE7Ew0g9ykq+pt
      HkPzqXU/1TjwMraKQLAxqFBmW65m2S1Fo2kwZzAdBgNVHQ4EFgQUpQEHLwSIqSEk
      vOthQO3FpEQ7hVgwHwYDVR0jBBgwFoAUpQEHLwSIqSEkvOthQO3FpEQ7hVgwFAYD
      VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
      SQAwRgIhAOAbqaM5UTt77oUepePFiDBqb7idqP+wTTxJo2HdqKwmAiEA1Xhv9qPs
      F2p7dEfADPoxrVYWPJaZprWaXMnTfN95VUE=
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7C4MwwJ0Zftn1OHv
      viegQYWQTmcHpzXhQFF5PBmMbLahRANCAAR9tNDn+WPMfHvNoaYHaEge1kK4ogiz
      UzVfyc4rFXcE7Ew0g9ykq+ptHkPzqXU/1TjwMraKQLAxqFBmW65m2S1F
      -----END PRIVATE KEY-----
      """)

  /// Of the same name, with another key.
  package static let other = LoopbackCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBlTCCATugAwIBAgIUEi812aLHaNGIa1sLmqLilBBViOYwCgYIKoZIzj0EAwIw
      FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIyNDA0M1oYDzIxMjYxMTA0
      MjI0MDQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
      PQMBBwNCAAQKG/XtvZ2yroemjl8YzUMgMGPIomXyiJjDciSMAleRFf9cHEfPrrzC
      aokgmuapks/QNE6XELLqnpV6M6jAd0K+o2kwZzAdBgNVHQ4EFgQU/V4v/R+iAEGa
      XONrtvYqnSyylZIwHwYDVR0jBBgwFoAU/V4v/R+iAEGaXONrtvYqnSyylZIwDwYD
      VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
      SAAwRQIgaXw3EyC9oPOeYkLKPcrlG6S5ShhWHW88PyD5XcgvGsQCIQDlsct9XL6x
      aYQrHfSK0vIpy3EozbwSpCWKrUkLdCqdMQ==
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmaggpSO3uysNL1C8
      gGhlqFrvrWezUEe0RIibwg6M+DyhRANCAAQKG/XtvZ2yroemjl8YzUMgMGPIomXy
      iJjDciSMAleRFf9cHEfPrrzCaokgmuapks/QNE6XELLqnpV6M6jAd0K+
      -----END PRIVATE KEY-----
      """)
}
