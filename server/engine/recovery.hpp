#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "server/engine/keeper/keepers.hpp"
#include "server/engine/spaces.hpp"
#include "server/engine/subscriptions.hpp"
#include "server/store/journal.hpp"

// What a journal finds at the start is put where it was: into the keepers of the spaces. It is done
// in turns of many rows each, which nobody sees.

namespace avow::server {

class Recovery final : public RecoverySink {
 public:
  /// Runs one turn, in which the given changes are made.
  using RunTurn = std::function<void(const std::function<void(TurnRun&)>&)>;
  /// Told now and then how many rows of all are there.
  using Progress = std::function<void(std::uint64_t rows, std::uint64_t of)>;

  Recovery(Spaces& spaces, Keepers& keepers, ReferenceTable& references,
           Subscriptions& subscriptions, RunTurn run_turn, Progress progress)
      : spaces_(spaces),
        keepers_(keepers),
        references_(references),
        subscriptions_(subscriptions),
        run_turn_(std::move(run_turn)),
        progress_(std::move(progress)) {}

  void space(std::uint32_t index, std::string_view name, std::uint64_t revision) override;
  /// Errors: `corrupt`, of a row that no keeper has written.
  Result<void> row(const StoredRow& row) override;
  void outcome(const StoredOutcome& outcome) override;
  void progress(std::uint64_t rows, std::uint64_t of) override;
  /// All has been told. Errors: `corrupt`, as above.
  [[nodiscard]] Result<void> finish();

 private:
  /// A row that has been read: what of it the keeper needs.
  struct Row {
    StoredKind kind{};
    Keeper* keeper = nullptr;
    std::uint64_t id = 0;  // Of an item, a lease, a fact of a lease, a last turn.
    Value key{};           // Of a slot.
    Value value{};         // Of all but leases.
    Milliseconds ttl{};    // Of a lease.
    Milliseconds left{};
  };

  [[nodiscard]] static Result<void> read(const StoredRow& stored, Row& row);
  void put_all(std::vector<Row>& rows);
  void put(TurnRun& run, const Row& row);

  Spaces& spaces_;
  Keepers& keepers_;
  ReferenceTable& references_;
  Subscriptions& subscriptions_;
  RunTurn run_turn_;
  Progress progress_;
  std::vector<Keeper*> by_index_;
  std::vector<Row> rows_;          // Read, and not there yet.
  std::vector<Row> lease_facts_;   // They come last: their leases must be there.
  const char* corrupt_ = nullptr;  // What a row or an outcome was; nothing if all were good.
};

}  // namespace avow::server
