#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "server/base/ids.hpp"
#include "server/store/stored.hpp"

// Where durable turns go, and where what lives comes from after a restart. The engine appends and
// never waits; the journal says later, in order, how far everything is committed. What may leave
// the server before that is the output gate's business (server/engine/output_gate.hpp).
//
//   Journal& journal = …;
//   AVOW_TRY(HistoryStart start, journal.recover(sink));    // Once, before anything is appended.
//   journal.append({.seq = 7, .spaces = …, .changes = …});
//   … listener.committed(7)
//   journal.close(last_seq);
//
// One that keeps a file is in journal_thread.hpp, one that keeps nothing in memory_journal.hpp.

namespace avow::server {

/// How a journal speaks to whoever appends. Called in order. The threaded journal calls from its
/// own thread: an implementation hands over to the engine's.
class JournalListener {
 public:
  /// Every turn up to and including `seq` is on the disk, as surely as the journal's level says.
  virtual void committed(std::uint64_t seq) = 0;
  /// Every number up to and including `through` may be handed out.
  virtual void reserved(std::uint64_t through) = 0;
  /// Whether there is room for more. `false`: durable turns are to be refused before they run.
  virtual void room(bool is_there) = 0;
  /// A write, flush or checksum failed. What was not reported as committed may be on the disk or
  /// not; nothing is written any more, and the server must end.
  virtual void failed(const Error& why) = 0;

 protected:
  ~JournalListener() = default;
};

/// Takes what a journal finds at the start: first all spaces, then all rows, then all outcomes.
class RecoverySink {
 public:
  /// A space that has something durable, by the index under which rows name it.
  virtual void space(std::uint32_t index, std::string_view name, std::uint64_t revision) = 0;
  /// `row.space` is an index of above. Borrowed for the call. An error ends the recovery.
  virtual Result<void> row(const StoredRow& row) = 0;
  /// In the order of `seq`.
  virtual void outcome(const StoredOutcome& outcome) = 0;
  /// Called now and then: so many of all rows are read.
  virtual void progress(std::uint64_t rows, std::uint64_t of) = 0;

 protected:
  ~RecoverySink() = default;
};

/// What a history goes on with.
struct HistoryStart {
  std::uint64_t epoch = 0;    ///< Names the history; another after a restore. Never zero.
  std::uint64_t above = 0;    ///< Every seq and revision handed out before is at most this.
  std::uint64_t through = 0;  ///< Numbers up to this may be handed out now.
  std::uint64_t floor = 0;    ///< The first turn that the log still has; 0 if it has none.
  std::uint64_t head = 0;     ///< The last turn in the log; 0 if it never had one.
};

/// What the log has.
struct LogSpan {
  std::uint64_t floor = 0;  ///< The first turn; 0 if it has none.
  std::uint64_t head = 0;   ///< The last; 0 if there never was one.
  bool operator==(const LogSpan&) const = default;
};

class Journal {
 public:
  virtual ~Journal() = default;

  /// Reads what lives, and reserves numbers above all that were ever handed out. Blocks.
  [[nodiscard]] virtual Result<HistoryStart> recover(RecoverySink& sink) = 0;
  /// From now on `listener`, which must outlive the journal, is told.
  virtual void start(JournalListener& listener) = 0;
  /// Whether anything is kept of what is appended. If not, nothing needs to be.
  [[nodiscard]] virtual bool keeps() const { return true; }
  /// Takes a durable turn; turns come in the order of `seq`. Never blocks.
  virtual void append(JournalTurn turn) = 0;
  /// Asks for numbers up to `through`. Never blocks.
  virtual void reserve(std::uint64_t through) = 0;
  /// What was appended and is not committed takes so much memory, about. From any thread.
  [[nodiscard]] virtual std::size_t waiting_bytes() const { return 0; }
  /// What the log has now, of what is committed. From any thread.
  [[nodiscard]] virtual LogSpan span() const = 0;
  /// Ends cleanly: everything appended is committed, and numbers go on right above `last_seq`.
  virtual Result<void> close(std::uint64_t last_seq) = 0;
};

}  // namespace avow::server
