import OAuth
import Testing

@testable import Web

@Suite("The way back from an approval to a program")
struct LoopbackCallbackTests {
  private let browser = OutboundClient()

  @Test("K33 the first answer with a state is handed over, and the browser gets a page")
  func arrives() async throws {
    let callback = try await LoopbackCallback.listen()
    async let fields = callback.wait(timeout: .seconds(20))
    let other = try await browser.send("GET", "http://127.0.0.1:\(callback.port)/favicon.ico")
    #expect(other.status == 404)
    let stray = try await browser.send("GET", callback.redirectURI + "?code=1")
    #expect(stray.status == 404)
    let page = try await browser.send("GET", callback.redirectURI + "?code=evc_1&state=s%201&iss=x")
    #expect(page.status == 200)
    #expect(page.text.contains("You can close this window and go back to the terminal."))
    #expect(page[header: "Referrer-Policy"] == "no-referrer")
    #expect(try await fields == FormFields([("code", "evc_1"), ("state", "s 1"), ("iss", "x")]))
  }

  @Test("nobody coming is a sentence, not a wait for ever")
  func late() async throws {
    let callback = try await LoopbackCallback.listen()
    await #expect(throws: LoopbackCallback.Failure.self) { try await callback.wait(timeout: .milliseconds(50)) }
  }

  @Test("a taken port is refused in words that say what to do")
  func taken() async throws {
    let first = try await LoopbackCallback.listen()
    let refusal = await #expect(throws: ListenRefusal.self) { try await LoopbackCallback.listen(port: first.port) }
    #expect(refusal?.description.contains("is taken by another program") == true)
    await first.close()
  }
}
