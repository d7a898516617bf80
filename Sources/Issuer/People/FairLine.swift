/// Who waits for one of few workers. Each place has a line of its own and the lines take turns, so that many from one place
/// make each other wait and nobody else (law P40). A place is what an attempt to sign in comes from, or whose a batch is.
struct FairLine<Place: Hashable, Job> {
  enum Entry {
    case waits
    /// It waits in the place of another, the last one of the longest line, which is given up.
    case instead(of: Job)
    case refused(Job)
  }

  private let mostFromOne: Int
  private let most: Int
  private var lines: [Place: [Job]] = [:]
  /// The places that have a line, the next one first.
  private var turns: [Place] = []
  private(set) var count = 0

  init(most: Int, mostFromOne: Int) {
    self.most = most
    self.mostFromOne = mostFromOne
  }

  mutating func add(_ job: Job, from place: Place) -> Entry {
    let own = lines[place]?.count ?? 0
    guard own < mostFromOne else { return .refused(job) }
    var displaced: Job?
    if count == most {
      guard let longest = lines.max(by: { $0.value.count < $1.value.count }), longest.value.count > own + 1 else {
        return .refused(job)
      }
      displaced = lines[longest.key]?.popLast()
      count -= 1
    }
    if own == 0 { turns.append(place) }
    lines[place, default: []].append(job)
    count += 1
    return displaced.map { .instead(of: $0) } ?? .waits
  }

  mutating func next() -> Job? {
    guard let place = turns.first, let job = lines[place]?.first else { return nil }
    turns.removeFirst()
    lines[place]?.removeFirst()
    count -= 1
    if lines[place]?.isEmpty ?? true { lines[place] = nil } else { turns.append(place) }
    return job
  }
}
