#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/engine.hpp"
#include "server/session/resumable_sessions.hpp"
#include "server/store/journal_thread.hpp"
#include "server/transport/transport.hpp"
#include "tests/bench/store/bare.hpp"

// The server as avowd puts it together, in this process, so that it can be told which turns shared
// a transaction of the store: the same are given to bare SQLite.

namespace avow::bench {

class DurableServer final : private server::Journal, private server::JournalListener {
 public:
  /// Keeps its data in `file`, which it makes. What goes wrong ends the program.
  explicit DurableServer(const std::string& file);
  DurableServer(const DurableServer&) = delete;
  DurableServer& operator=(const DurableServer&) = delete;
  ~DurableServer() override;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Ends it. Afterwards the rest may be asked.
  void stop();
  /// The rows of all durable turns of one fact, in order, and where each batch ended.
  [[nodiscard]] const std::vector<BareRows>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::size_t>& batch_ends() const { return batch_ends_; }

 private:
  // Journal: what the engine hands over is noted, and goes to the journal's thread.
  Result<server::HistoryStart> recover(server::RecoverySink& sink) override {
    return journal_->recover(sink);
  }
  void start(server::JournalListener& listener) override { journal_->start(listener); }
  void append(server::JournalTurn turn) override;
  void reserve(std::uint64_t through) override { journal_->reserve(through); }
  [[nodiscard]] server::LogSpan span() const override { return journal_->span(); }
  Result<void> close(std::uint64_t last_seq) override { return journal_->close(last_seq); }

  // JournalListener.
  void committed(std::uint64_t seq) override;
  void reserved(std::uint64_t through) override;
  void room(bool is_there) override;
  void failed(const Error& why) override;

  std::unique_ptr<server::JournalThread> journal_;
  std::unique_ptr<server::Engine> engine_;
  server::ResumableSessions sessions_{Bytes{}};
  std::unique_ptr<server::Transport> transport_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::vector<BareRows> rows_;
  std::vector<std::size_t> batch_ends_;
};

}  // namespace avow::bench
