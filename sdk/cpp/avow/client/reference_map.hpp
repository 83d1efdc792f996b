#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/model/value.hpp"

// The client's side of a session's membrane: references in values are `ReferenceId`s in this
// program and numbers of either side's entities on the wire. An imported reference lives while an
// assertion that the server made holds it; its number may then be used for something else, its
// `ReferenceId` never is. Ids are never valid on another connection.

namespace avow {

class ReferenceMap {
 public:
  /// Names an assertion told to this client: at which of its entities (or topics), under which
  /// handle.
  using Holder = std::pair<std::uint64_t, std::uint64_t>;

  /// The value in memory form. Every reference in it is held by `holder` until `release`.
  /// Errors: `bad-reference`.
  [[nodiscard]] Result<Value> import(const Value& wire, Holder holder);
  /// The value in memory form, for a message or a row: what it brings anew is not held, and can be
  /// looked at but not used. Errors: `bad-reference`.
  [[nodiscard]] Result<Value> look_at(const Value& wire);
  /// The assertion is gone.
  void release(Holder holder);
  /// All that this entity was told is about to be told anew. What it holds is held until
  /// `release_retired`, so that references which are told again are the same ones.
  void retire(std::uint64_t entity);
  void release_retired(std::uint64_t entity);
  /// The value in wire form. Errors: `stale-reference` for one that is not held any more.
  [[nodiscard]] Result<Value> export_value(const Value& value) const;
  /// An entity of this client, by the number that the server is to use.
  [[nodiscard]] static Value own(std::uint64_t oid);
  /// The connection is gone, and all numbers with it.
  void clear();

  [[nodiscard]] std::size_t imported_count() const { return by_payload_.size(); }

 private:
  struct Import {
    ReferenceId id{};
    std::uint32_t held = 0;
  };
  // By the embedded value as it stands on the wire: number, and caveats on one of our own.
  struct ByBytes {
    bool operator()(const Value& a, const Value& b) const {
      return compare(a.bytes(), b.bytes()) < 0;
    }
  };

  [[nodiscard]] Result<Value> translate(const Value& wire, std::vector<Value>* held);
  void count_off(const std::vector<Value>& held);
  [[nodiscard]] ReferenceId fresh() { return ReferenceId{++last_id_}; }

  std::uint64_t last_id_ = 0;
  std::map<Value, Import, ByBytes> by_payload_;
  std::unordered_map<std::uint64_t, Value> by_id_;
  std::map<Holder, std::vector<Value>> holders_;
  std::map<std::uint64_t, std::vector<Value>> retired_;  // By entity.
};

}  // namespace avow
