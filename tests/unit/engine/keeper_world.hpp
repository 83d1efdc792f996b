#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_journal.hpp"
#include "tests/unit/engine/test_client.hpp"

// An engine with a journal, and clients that speak to a keeper.

namespace avow::server::testing {

/// An engine over a fake journal, which commits when the test says so.
class KeeperWorld final : private JournalListener {
 public:
  explicit KeeperWorld(EngineOptions options = test_options(),
                       std::uint64_t reserve_step = std::uint64_t{1} << 32);
  ~KeeperWorld() = default;
  KeeperWorld(const KeeperWorld&) = delete;
  KeeperWorld& operator=(const KeeperWorld&) = delete;

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] avow::test::FakeJournal& journal() { return journal_; }
  /// The process dies and comes again. All clients must be gone.
  void restart();
  /// The process ends cleanly and comes again. All clients must be gone.
  void end_and_start();
  /// Time goes on.
  void pass(Milliseconds time);
  void commit() { journal_.commit(); }
  [[nodiscard]] Moment now() const { return now_; }

 private:
  void start();
  void committed(std::uint64_t seq) override { engine_->committed(seq); }
  void reserved(std::uint64_t through) override { engine_->reserved(through); }
  void room(bool is_there) override { engine_->room(is_there); }
  void failed(const Error& why) override { engine_->failed(why); }

  EngineOptions options_;
  avow::test::FakeJournal journal_;
  Moment now_{};
  std::unique_ptr<Engine> engine_;
};

/// A client with a space and its keeper.
class KeeperClient {
 public:
  explicit KeeperClient(Engine& engine, std::string_view reference = {});

  /// Asserts a commit; the number under which it is answered. It is also the handle.
  int commit(std::string_view ops, std::string_view options = "{}");
  int lease(Milliseconds ttl);
  int last_turn(std::string_view ops, std::string_view options = "{}");
  int query(std::string_view patterns, std::string_view options = "{}");
  void retract(int request);

  /// All that stands at the number of a request, as text; empty if nothing does.
  [[nodiscard]] std::string answer(int request) const;
  /// The entry of an answer, as text; empty if there is none.
  [[nodiscard]] std::string entry(int request, std::string_view key) const;
  /// `results` of an answer; of a refusal its code; empty if there is no answer.
  [[nodiscard]] std::string outcome(int request) const;
  /// The same of a commit that is answered at once.
  std::string done(std::string_view ops, std::string_view options = "{}");

  /// The id of a lease, or of an item that was taken or added by the only operation of a commit.
  [[nodiscard]] std::uint64_t id_of(int request) const;

  TestClient& client() { return client_; }
  TestClient* operator->() { return &client_; }

 private:
  int ask(const std::string& request);
  [[nodiscard]] std::optional<Value> standing(int request) const;

  TestClient client_;
  std::int64_t keeper_ = 0;
  int last_ = 1'000;
};

/// What is told of the system is looked at anew after so long.
inline constexpr Milliseconds sample{250};
/// A reference to the space in which the server tells of itself, as text.
[[nodiscard]] std::string system_reference();

/// What an observer of the numbers is told who comes to a space now.
[[nodiscard]] std::vector<std::string> standing_numbers(Engine& engine,
                                                        std::string_view reference = {});

/// `[client n]` of a client that is called `c`, as text; and as an option.
[[nodiscard]] std::string identity(char c, int number);
[[nodiscard]] std::string turn_id(char c, int number);

}  // namespace avow::server::testing
