import NIOCore
import TestKit

/// One token request on its way: received, committed, answered, and held or spoilt where its conduct says so.
final class TokenExchange {
  private enum Place { case received, committed, halfAnswered(rest: ByteBuffer), over }

  private let number: Int
  private let request: ModelRequest
  private let conduct: Conduct
  private let reception: Reception
  private let channel: any Channel
  private var place = Place.received
  private var answer: ModelAnswer?

  init(_ request: ModelRequest, reception: Reception, channel: any Channel) {
    let (visit, conduct) = reception.arrive(request)
    number = visit.number
    self.request = request
    self.conduct = conduct
    self.reception = reception
    self.channel = channel
  }

  func begin() {
    // Held before the director hears of it, so that it can let go at once.
    if isHeld(at: .received) { park() }
    reception.reach(.received, number)
    if !isHeld(at: .received) { commit() }
  }

  func end() { reception.reach(.ended, number) }

  /// Goes on from where it was held.
  func resume() {
    switch place {
    case .received: commit()
    case .committed: respond()
    case .halfAnswered(let rest):
      place = .over
      send(rest, thenEnd: true)
    case .over: break
    }
  }

  func hangUp() {
    place = .over
    channel.close(promise: nil)
  }

  private func isHeld(at stage: Visit.Stage) -> Bool { conduct.course == .hold(stage) }

  private func park() {
    reception.park(number, Parked(NIOLoopBound(self, eventLoop: channel.eventLoop), channel.eventLoop))
  }

  private func commit() {
    guard conduct.commits else { return respond() }
    let own = reception.model.behaviour.accessLifetime
    if let lifetime = conduct.lifetime { reception.model.behaviour.accessLifetime = lifetime }
    let committed = reception.model.commit(request, at: reception.clock.now())
    if conduct.lifetime != nil { reception.model.behaviour.accessLifetime = own }
    place = .committed
    if isHeld(at: .committed) { park() }
    answer = reception.model.answer(committed, at: reception.clock.now())
    reception.reach(.committed, number, outcome: committed.outcome)
    if case .late(let pause) = conduct.course {
      let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
      channel.eventLoop.scheduleTask(in: TimeAmount(pause)) { bound.value.respond() }
    } else if !isHeld(at: .committed) {
      respond()
    }
  }

  private func respond() {
    let whole = bytes(of: answer ?? ModelAnswer(500, ""))
    place = .over
    switch conduct.course {
    case .drop: channel.close(promise: nil)
    case .instead(let answer, _): send(bytes(of: answer), thenEnd: true)
    case .cut(let share): send(part(whole, share), thenEnd: true, isWhole: false)
    case .hold(.halfAnswered):
      var rest = whole
      let first = part(whole, 0.5)
      rest.moveReaderIndex(forwardBy: first.readableBytes)
      place = .halfAnswered(rest: rest)
      park()
      send(first, thenEnd: false, isWhole: false)
    case .slow(let pause): trickle(whole, pause)
    case .honest, .hold, .late: send(whole, thenEnd: true)
    }
  }

  private func send(_ bytes: ByteBuffer, thenEnd: Bool, isWhole: Bool = true) {
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    channel.writeAndFlush(bytes).whenSuccess {
      let exchange = bound.value
      exchange.reception.reach(isWhole ? .answered : .halfAnswered, exchange.number)
      if thenEnd { exchange.channel.close(promise: nil) }
    }
  }

  private func trickle(_ bytes: ByteBuffer, _ pause: Duration) {
    var rest = bytes
    guard channel.isActive, let first = rest.readSlice(length: 1) else { return hangUp() }
    channel.writeAndFlush(first, promise: nil)
    reception.reach(.halfAnswered, number)
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    channel.eventLoop.scheduleTask(in: TimeAmount(pause)) { [rest] in bound.value.trickle(rest, pause) }
  }

  private func part(_ bytes: ByteBuffer, _ share: Double) -> ByteBuffer {
    bytes.getSlice(at: bytes.readerIndex, length: Int(Double(bytes.readableBytes) * share)) ?? bytes
  }

  private func bytes(of answer: ModelAnswer) -> ByteBuffer { Wire.bytes(answer, closing: true) }
}

/// A request that is held, and can be let go from any thread.
struct Parked: Sendable {
  private let exchange: NIOLoopBound<TokenExchange>
  private let loop: any EventLoop

  init(_ exchange: NIOLoopBound<TokenExchange>, _ loop: any EventLoop) {
    self.exchange = exchange
    self.loop = loop
  }

  func resume() { loop.execute { exchange.value.resume() } }
  func hangUp() { loop.execute { exchange.value.hangUp() } }
}
