import HostileProvider
import Testing
import Wire

@testable import Outbound
@testable import Web

@Suite("The way back from an approval to a program")
struct LoopbackCallbackTests {
  private let browser = OutboundClient()

  @Test("K33 the first answer with a state is handed over, and its browser waits for what came of it")
  func arrives() async throws {
    let callback = try await LoopbackCallback.listen()
    async let arrival = callback.wait(timeout: .seconds(600))
    let other = try await browser.send("GET", "http://127.0.0.1:\(callback.port)/favicon.ico")
    #expect(other.status == 404)
    let stray = try await browser.send("GET", callback.redirectURI + "?code=1")
    #expect(stray.status == 404)
    async let page = browser.send("GET", callback.redirectURI + "?code=evc_1&state=s%201&iss=x")
    let came = try await arrival
    #expect(came.fields == FormFields([("code", "evc_1"), ("state", "s 1"), ("iss", "x")]))
    await came.show("Not connected", "It belongs to Ann <ann@example.org>.")
    let shown = try await page
    #expect(shown.status == 200)
    #expect(shown.text.contains("<h1>Not connected</h1>"))
    #expect(shown.text.contains("It belongs to Ann &lt;ann@example.org&gt;.") && !shown.text.contains("Thank you"))
    #expect(shown[header: "Referrer-Policy"] == "no-referrer")
  }

  @Test("a browser that has gone keeps nobody from going on")
  func gone() async throws {
    let callback = try await LoopbackCallback.listen()
    let visit = Task { [browser] in
      try? await browser.send("GET", callback.redirectURI + "?code=1&state=2", timeout: .seconds(600))
    }
    let came = try await callback.wait(timeout: .seconds(600))
    visit.cancel()
    _ = await visit.value
    await came.show("Thank you", "shop is connected.")
  }

  @Test("the address to come back to is the one that is listened on, in its spelling", arguments: ["localhost", "::1"])
  func host(_ host: String) async throws {
    let callback = try await LoopbackCallback.listen(host: host)
    #expect(callback.redirectURI == "http://\(host == "::1" ? "[::1]" : host):\(callback.port)/callback")
    async let page = browser.send("GET", callback.redirectURI + "?code=1&state=2")
    await (try callback.wait(timeout: .seconds(600))).show("Thank you", "shop is connected.")
    #expect(try await page.status == 200)
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
