/// A certificate for the name localhost alone, good for a hundred years and for nothing but these tests.
enum LoopbackCertificate {
  static let certificate = """
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
    """

  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7C4MwwJ0Zftn1OHv
    viegQYWQTmcHpzXhQFF5PBmMbLahRANCAAR9tNDn+WPMfHvNoaYHaEge1kK4ogiz
    UzVfyc4rFXcE7Ew0g9ykq+ptHkPzqXU/1TjwMraKQLAxqFBmW65m2S1F
    -----END PRIVATE KEY-----
    """
}
